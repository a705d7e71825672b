/** Can the protocol's requests take these changes, and do they agree with each other? */
import type { AttachmentEdits, Mode } from "./model.js";
import type { Finding, Path } from "./problem.js";
import { factsOf, type Protocol, titleOf } from "./protocols.js";

/** Most bytes of all names and values; the filter refuses more. */
const MOST_BYTES = 8192;
/** Most names. */
const MOST = 16;

/** @param path where `edits` stand */
export function checkAttachments(
  edits: AttachmentEdits | undefined,
  protocol: Protocol,
  mode: Mode,
  path: Path,
): Finding[] {
  if (edits === undefined) return [];
  const { set = {}, remove = [] } = edits;
  const names = [...Object.keys(set), ...remove];
  const complain = (message: string, remedy: string, ...more: Path): Finding => ({
    path: [...path, ...more],
    onKey: more.length === 0,
    message,
    remedy,
  });
  if (mode === "connection") {
    return [complain("is of no use in mode `connection`", "Remove it, or write `mode: lanes`.")];
  }
  if (!factsOf(protocol).changesAttachments) {
    return [
      complain(`is of no use: requests of ${titleOf(protocol)} have no attachments`, "Remove it."),
    ];
  }
  const bytes = Buffer.byteLength([...names, ...Object.values(set)].join(""));
  const found = remove.flatMap((name, i) =>
    set[name] === undefined
      ? []
      : [complain(`is "${name}", which \`set\` sets`, "Leave it in one of them.", "remove", i)],
  );
  if (names.length > MOST || bytes > MOST_BYTES) {
    const size = `${names.length} names of ${bytes} bytes with their values`;
    const most = `At most ${MOST} names of ${MOST_BYTES} bytes are changed.`;
    found.push(complain(`has ${size}`, most));
  }
  return found;
}
