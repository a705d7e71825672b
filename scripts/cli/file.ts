/** Files that the user named. */
import { readFileSync, writeFileSync } from "node:fs";
import { messageOf, UserError } from "./error.js";

/**
 * The text of a file.
 * @param remedy what the user can do if it can't be read
 * @throws UserError if it can't be read
 */
export function readText(file: string, remedy: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new UserError(`can't be read (${messageOf(cause)})`, { file, remedy, cause });
  }
}

/**
 * Writes the file that an option named.
 * @throws UserError if it can't be written
 */
export function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    const remedy = "Choose a place that exists and that you may write to.";
    throw new UserError(`can't be written (${messageOf(cause)})`, { file, remedy, cause });
  }
}
