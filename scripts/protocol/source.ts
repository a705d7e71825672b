/** YAML (and so JSON) text as documents whose fields know their line and column. */
import {
  isMap,
  isNode,
  isPair,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
} from "yaml";
import { fieldOf, type Finding, type Path, type Problem } from "./problem.js";

export class SourceDocument {
  /** What the document says, as plain data. */
  readonly value: unknown;

  constructor(
    readonly file: string,
    private readonly document: Document.Parsed,
    private readonly lines: LineCounter,
  ) {
    this.value = document.toJS();
  }

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
  const problems = list.flatMap((document) =>
    [...document.errors, ...document.warnings].map(({ message, pos }): Problem => {
      const { line, col } = lines.linePos(pos[0]);
      const said = message.replace(/\.$/, "");
      return {
        file,
        line,
        column: col,
        field: "",
        message: `is no YAML here: ${said}`,
        remedy: "Correct the syntax: check indentation, quotes and duplicate keys.",
      };
    }),
  );
  const documents = list
    .filter((document) => document.errors.length === 0 && document.contents !== null)
    .map((document) => new SourceDocument(file, document, lines));
  return { documents, problems };
}
