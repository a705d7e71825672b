/** Files that the user named. */
import { readFileSync } from "node:fs";
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
