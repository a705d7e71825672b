/** Where a mistake lies, and what to do about it. */
export interface ErrorDetails {
  /** What the user can do about it, as a whole sentence. */
  remedy?: string;
  /** The file that is wrong, as the user named it. */
  file?: string;
  /** The field in that file that is wrong, e.g. `spec.routes[2].match[0].key`. */
  field?: string;
  /** What went wrong underneath; shown with ARGOT_DEBUG only. */
  cause?: unknown;
}

/**
 * A failure that the user can understand and act upon. The CLI prints it without a stack trace
 * and exits with 1.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly remedy: string | undefined;
  readonly file: string | undefined;
  readonly field: string | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.remedy = details.remedy;
    this.file = details.file;
    this.field = details.field;
  }

  /** The error as plain data, for `--json`. */
  toJSON(): { error: string; file?: string; field?: string; remedy?: string } {
    return {
      error: this.message,
      ...(this.file !== undefined && { file: this.file }),
      ...(this.field !== undefined && { field: this.field }),
      ...(this.remedy !== undefined && { remedy: this.remedy }),
    };
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
