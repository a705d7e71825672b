/** Where a frame's values come from, as statements that report them. */
import { type Attachments, type Description, SLOTS, type Source } from "../model.js";
import { atName, type Code, numberName, sizeName } from "./code.js";
import type { Constants } from "./constants.js";
import { lookupName, lookupWord } from "./tests.js";

export const SLOT_NAMES = {
  ...{ service: "SERVICE", method: "METHOD", version: "VERSION", group: "GROUP" },
  parameterTypes: "PARAMETER_TYPES",
} as const;

/** Where the bytes of a source lie; none count as absent. */
function spanOf(source: Source): { at: string; size: string } | undefined {
  if ("span" in source) return { at: atName(source.span), size: sizeName(source.span) };
  if (!("attachment" in source)) return undefined;
  return { at: lookupName(source.attachment), size: sizeName(lookupWord(source.attachment)) };
}

export class Values {
  constructor(
    private readonly description: Description,
    private readonly constants: Constants,
    private readonly code: Code,
  ) {}

  /** Sets the slots of a request. */
  emitSlots(): void {
    for (const slot of SLOTS) {
      const sources = this.description.request[slot];
      if (sources === undefined) continue;
      const name = `Slot.${SLOT_NAMES[slot]}`;
      this.emitFirst(sources, {
        span: (at, size) => this.code.line(`m.set(${name}, ${at}, ${size});`),
        number: (number, isSmall) => {
          const small = `lib.setNumber(m, ${name}, <i64>${number});`;
          this.code.line(isSmall ? small : `lib.setLarge(m, ${name}, ${number});`);
        },
      });
    }
  }

  /** Reports the attachments that are single values. */
  emitSingles(attachments: readonly Attachments[]): void {
    for (const attachment of attachments) {
      if (!("name" in attachment)) continue;
      const { name, size } = this.constants.text(attachment.name);
      const report = (at: string, n: string) =>
        `m.attachment(${name}, ${size}, ${at}, ${n}, ValueType.STRING);`;
      this.code.block(`if (m.wants(${name}, ${size}))`, () =>
        this.emitFirst([attachment.source], {
          span: (at, n) => this.code.line(report(at, n)),
          number: (number, isSmall) => {
            this.code.line("const text = m.scratchBytes(20);");
            const n = `lib.writeDecimal(text, ${number}, ${isSmall})`;
            this.code.line(`if (text) ${report("text", n)}`);
          },
        }),
      );
    }
  }

  /** Sets the message of an error; a text that can't be read is none. */
  emitMessage(): void {
    const set = (at: string, size: string) => {
      this.code.line(`m.errorMessage = ${at};`);
      this.code.line(`m.errorMessageLength = ${size};`);
    };
    this.emitFirst(
      this.description.response.message ?? [],
      {
        span: set,
        number: (number, isSmall) => {
          this.code.line("const text = m.scratchBytes(20);");
          this.code.line("m.errorMessage = text;");
          const n = `lib.writeDecimal(text, ${number}, ${isSmall})`;
          this.code.line(`if (text) m.errorMessageLength = ${n};`);
        },
      },
      "Read.DONE",
    );
  }

  /**
   * Uses the first source that is there, and not empty.
   * @param wrong what is returned if it is no text, or lies beyond what is there
   */
  private emitFirst(
    sources: readonly Source[],
    use: {
      span(at: string, size: string): void;
      /** `isSmall`: as an i64 it is the same number. */
      number(number: string, isSmall: boolean): void;
    },
    wrong?: string,
  ): void {
    const [source, ...others] = sources;
    if (source === undefined) return;
    if ("number" in source) {
      const element = this.description.elements.find(({ name }) => name === source.number);
      const isSmall = element?.type === "number" && (element.signed || element.size < 8);
      use.number(numberName(source.number), isSmall);
      return;
    }
    if ("text" in source) {
      const { name, size } = this.constants.text(source.text);
      use.span(name, String(size));
      return;
    }
    const { at, size } = spanOf(source) ?? { at: "0", size: "0" };
    this.code.block(`if (${at} != 0 && ${size} != 0)`, () => {
      const incomplete = wrong ?? "Read.INCOMPLETE";
      this.code.line(`if (<u64>${at} + ${size} > <u64>end) return ${incomplete};`);
      this.code.line(`if (!isPlainUtf8(${at}, ${size})) return ${wrong ?? "Read.MALFORMED"};`);
      use.span(at, size);
    });
    if (others.length > 0) this.code.block("else", () => this.emitFirst(others, use, wrong));
  }
}

/** The names of numbers and bytes that sources use. */
export function namesOf(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    if ("number" in source) return [source.number];
    return "span" in source ? [source.span] : [];
  });
}
