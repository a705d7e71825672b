/** YAML (and so JSON) text as documents whose fields know their line and column. */
import {
  isMap,
  isNode,
  isPair,
  LineCounter,
  parseAllDocuments,
  visit,
  type Document,
  type Node,
} from "yaml";
import { messageOf } from "../cli/error.js";
import { fieldOf, type Finding, type Path, type Problem } from "./problem.js";

export class SourceDocument {
  /** @param value what the document says, as plain data */
  constructor(
    readonly file: string,
    readonly value: unknown,
    private readonly document: Document.Parsed,
    private readonly lines: LineCounter,
  ) {}

  /** The finding with the place in the file of its field, or of the nearest field around it. */
  place({ path, onKey, message, remedy }: Finding): Problem {
    let node: Node | undefined;
    for (let n = path.length; n >= 0 && node === undefined; n--) {
      node = this.nodeAt(path.slice(0, n), onKey === true && n === path.length);
    }
    const { line, col } = this.lines.linePos(node?.range?.[0] ?? this.document.range[0]);
    return { file: this.file, line, column: col, field: fieldOf(path), message, remedy };
  }

  private nodeAt(path: Path, key: boolean): Node | undefined {
    if (!key) {
      const found = path.length === 0 ? this.document.contents : this.document.getIn(path, true);
      return isNode(found) ? found : undefined;
    }
    const around = this.document.getIn(path.slice(0, -1), true);
    const parent = path.length === 1 ? this.document.contents : around;
    if (!isMap(parent)) return undefined;
    const pair = parent.items.find((item) => isPair(item) && String(item.key) === path.at(-1));
    return isNode(pair?.key) ? pair.key : undefined;
  }
}

/** The documents of `text`, and what is no YAML in it. Empty documents are left out. */
export function parseSource(
  file: string,
  text: string,
): { documents: SourceDocument[]; problems: Problem[] } {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const list: Document.Parsed[] = Array.isArray(parsed) ? parsed : [];
  const documents: SourceDocument[] = [];
  const problems: Problem[] = [];
  const addProblem = (message: string, offset: number) => {
    const { line, col } = lines.linePos(offset);
    const said = message.replace(/\.$/, "");
    problems.push({
      file,
      line,
      column: col,
      field: "",
      message: `is no YAML here: ${said}`,
      remedy: "Correct the syntax: check indentation, quotes and duplicate keys.",
    });
  };
  for (const document of list) {
    const faults = [...document.errors, ...document.warnings];
    for (const { message, pos } of faults) addProblem(message, pos[0]);
    if (document.errors.length > 0) continue;
    try {
      const value: unknown = document.toJS();
      if (value === null) continue; // empty, or comments only
      documents.push(new SourceDocument(file, value, document, lines));
    } catch (error) {
      // An alias without its anchor, or aliases that grow without bounds.
      addProblem(messageOf(error), lostAlias(document) ?? document.range[0]);
    }
  }
  return { documents, problems };
}

/** Where the first alias stands whose anchor is missing. */
function lostAlias(document: Document.Parsed): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      offset = alias.range?.[0];
      return visit.BREAK;
    },
  });
  return offset;
}
