/** What is found in a document, as it is found. */
import type { Finding, Severity } from "../../protocol/problem.js";
import type { SourceDocument } from "../../protocol/source.js";
import type { Field } from "./field.js";

export interface RouteFinding {
  document: SourceDocument;
  finding: Finding;
  /** `error`: it can't work, or breaks calls; `warning`: it does nothing, or less than it says. */
  severity: Severity;
}

/** A message and what to do about it. */
export interface Fault {
  message: string;
  remedy: string;
}

export class Notes {
  /** @param isShared the part concerns others than lanes, too: for them it may be right */
  constructor(
    private readonly document: SourceDocument,
    readonly found: RouteFinding[],
    private readonly isShared = false,
  ) {}

  /** For a part that may be meant for others than lanes: no mistake in it is certain. */
  shared(isShared: boolean): Notes {
    return new Notes(this.document, this.found, this.isShared || isShared);
  }

  error(field: Field, message: string, remedy: string): void {
    this.add(field, { message, remedy }, this.isShared ? "warning" : "error");
  }

  warning(field: Field, message: string, remedy: string): void {
    this.add(field, { message, remedy }, "warning");
  }

  /** Says the fault, if there is one. */
  fault(field: Field, fault: Fault | null): void {
    if (fault !== null) this.error(field, fault.message, fault.remedy);
  }

  private add({ path, onKey }: Field, fault: Fault, severity: Severity): void {
    this.found.push({
      document: this.document,
      finding: { path, ...(onKey && { onKey }), ...fault },
      severity,
    });
  }
}
