/** Functions that write the frames that a description has the filter say by itself. */
import type { Description, Element, NumberValue, Piece, Reply } from "../model.js";
import { bitsOf, type Code, isLittle, literal, numberName, prefixSize, shiftOf } from "./code.js";
import type { Constants } from "./constants.js";
import { numbersIn, testsOf } from "./tests.js";

/** What the function of a reply is given. */
const PARAMETERS = "out: usize, id: u64, context: u32, http: u32, text: usize, n: u32";
/** Most bytes that a byte of a message becomes: see message.ts. */
const EXPANSION = 6;

export class Replies {
  constructor(
    private readonly description: Description,
    private readonly constants: Constants,
    private readonly code: Code,
  ) {}

  /** The limit of a reply, in bytes: without its messages, and for each byte of a message. */
  static limitOf({ elements }: Description, { parts, most }: Reply) {
    const contents = elements.map(({ name }) => parts.find((one) => one.name === name)?.content);
    const all = contents.flatMap((content) => content ?? []);
    const fixed = elements.reduce((sum, element) => {
      const zeros =
        element.type === "bytes" && element.size.terms.length === 0 ? element.size.add : 0;
      return sum + Math.max(headOf(element), 20) + zeros;
    }, fixedOf(all));
    return { fixed, perByte: EXPANSION * messagesOf(all), most };
  }

  emit(name: string, reply: Reply): void {
    const { code } = this;
    code.block(`function ${name}(${PARAMETERS}): u32`, () => {
      code.line(`n = lib.cutText(text, n, ${reply.most});`);
      this.emitNumbers(reply);
      code.line("let to = out;");
      for (const element of this.description.elements) this.emitElement(element, reply);
      for (const length of reply.lengths) this.emitLength(length);
      code.line("return <u32>(to - out);");
    });
    code.line();
  }

  /** A variable for each number that is not 0, or that is asked for. */
  private emitNumbers(reply: Reply): void {
    const { elements } = this.description;
    const asked = new Set(elements.flatMap(({ when = [] }) => numbersIn(when)));
    for (const element of elements) {
      if (element.type === "number" || element.type === "varint") {
        this.code.line(`let ${numberName(element.name)}: u64 = ${this.valueOf(element, reply)};`);
      }
      for (const { name } of element.type === "number" ? (element.bits ?? []) : []) {
        if (!asked.has(name)) continue;
        const mask = bitsOf(this.description, name)?.mask ?? 0n;
        const masked = `(${numberName(element.name)} & ${literal(mask)}) >> ${shiftOf(mask)}`;
        this.code.line(`const ${numberName(name)}: u64 = ${masked};`);
      }
    }
  }

  private valueOf(element: Element, { numbers }: Reply): string {
    const parts = numbers.flatMap(({ name, value }) => {
      const amount = this.amountOf(value);
      if (name === element.name) return [amount];
      const bits = bitsOf(this.description, name);
      if (bits?.element !== element) return [];
      return [`(((${amount}) << ${shiftOf(bits.mask)}) & ${literal(bits.mask)})`];
    });
    return parts.length === 0 ? "0" : parts.join(" | ");
  }

  private amountOf(value: NumberValue): string {
    if ("constant" in value) return literal(value.constant);
    if ("id" in value) return "id";
    if ("http" in value) return "<u64>http";
    if ("status" in value) {
      return value.status.reduceRight(
        (otherwise, { http, is }) => `(http == ${http} ? ${literal(is)} : ${otherwise})`,
        literal(value.otherwise),
      );
    }
    let shift = 0;
    for (const { name, bits } of this.description.context) {
      const mask = 2 ** bits - 1;
      if (name === value.copy) return `<u64>((context >> ${shift}) & ${literal(mask)})`;
      shift += bits;
    }
    return "0";
  }

  private emitElement(element: Element, reply: Reply): void {
    const { code } = this;
    const start = `start_${element.name}`;
    const isPatched = reply.lengths.some(({ name }) => this.ownerOf(name) === element.name);
    const isMeasured = reply.lengths.some(({ of }) => of === element.name);
    if (isPatched || isMeasured) code.line(`const ${start} = to;`);
    const { when } = element;
    const isEmpty =
      (element.type === "rest" || (element.type === "bytes" && element.size.terms.length > 0)) &&
      (reply.parts.find(({ name }) => name === element.name)?.content ?? []).length === 0;
    if (isEmpty) this.code.line(`// ${element.name}: empty`);
    else if (when === undefined) this.emitContent(element, reply);
    else code.block(`if (${testsOf(when, "true")})`, () => this.emitContent(element, reply));
    if (isMeasured) code.line(`const bytes_${element.name} = to - ${start};`);
    if (isPatched && when !== undefined) {
      code.line(`const there_${element.name} = to > ${start};`);
    }
  }

  private emitContent(element: Element, { parts }: Reply): void {
    const { code } = this;
    const content = parts.find(({ name }) => name === element.name)?.content ?? [];
    const variable = numberName(element.name);
    switch (element.type) {
      case "number":
        this.emitStore("to", element, variable);
        code.line(`to += ${element.size};`);
        break;
      case "varint":
        code.line(`to = protobuf.writeVarint(to, ${variable});`);
        break;
      case "constant":
        this.emitBytes(element.hex);
        break;
      case "prefixed":
        this.emitPrefixed(prefixSize(element.prefix), isLittle(element.prefix), content);
        break;
      default:
        this.emitPieces(content);
        if (element.type === "bytes" && element.size.terms.length === 0 && content.length === 0) {
          code.line(`memory.fill(to, 0, ${element.size.add});`);
          code.line(`to += ${element.size.add};`);
        }
    }
  }

  private emitStore(
    address: string,
    { size, little }: Element & { type: "number" },
    value: string,
  ): void {
    if (size === 3) this.code.line(`lib.storeNumber(${address}, 3, ${little}, ${value});`);
    else {
      const type = `u${8 * size}`;
      const ordered =
        little || size === 1 ? `<${type}>${value}` : `bswap<${type}>(<${type}>${value})`;
      this.code.line(`store<${type}>(${address}, ${ordered});`);
    }
  }

  private emitBytes(hex: string): void {
    const size = hex.length / 2;
    if (size === 0) return;
    const spaced = hex.replace(/../g, "$& ").trimEnd();
    const name = this.constants.of(Buffer.from(hex, "hex"), spaced);
    this.code.line(`memory.copy(to, ${name}, ${size});`);
    this.code.line(`to += ${size};`);
  }

  private emitPieces(pieces: readonly Piece[]): void {
    for (const piece of pieces) this.emitPiece(piece);
  }

  private emitPiece(piece: Piece): void {
    const { code } = this;
    if ("hex" in piece) this.emitBytes(piece.hex);
    else if ("message" in piece) {
      const writers = {
        plain: "to += writeText(to, n, text, n, false);",
        json: "to = lib.writeJson(to, text, n);",
        hessian: "to = lib.writeHessian(to, text, n);",
      };
      code.line(writers[piece.message]);
    } else if ("decimal" in piece) {
      code.line(`to += decimal(to, <i64>(${this.amountOf(piece.decimal)}));`);
    } else if ("varint" in piece) {
      code.line(`to = protobuf.writeVarint(to, ${this.amountOf(piece.varint)});`);
    } else this.emitPrefixed(prefixSize(piece.prefix), isLittle(piece.prefix), piece.content);
  }

  private emitPrefixed(size: number, little: boolean, content: readonly Piece[]): void {
    this.code.block("", () => {
      this.code.line("const start = to;");
      this.emitPieces(content);
      this.code.line(`to = lib.putLength(start, to, ${size}, ${little});`);
    });
  }

  /** Puts a length in where it belongs. */
  private emitLength({ name, of, minus }: Reply["lengths"][number]): void {
    const owner = this.ownerOf(name);
    const element = this.description.elements.find((one) => one.name === owner);
    if (element?.type !== "number") return;
    const variable = numberName(owner);
    const n = of === undefined ? "(to - out)" : `bytes_${of}`;
    const value = `(<u64>${n} - ${minus})`;
    const bits = name === owner ? undefined : bitsOf(this.description, name);
    const masked =
      bits === undefined
        ? value
        : `(${variable} & ~<u64>${literal(bits.mask)}) | ((${value} << ${shiftOf(bits.mask)}) & ${literal(bits.mask)})`;
    const put = () => {
      this.code.line(`${variable} = ${masked};`);
      this.emitStore(`start_${owner}`, element, variable);
    };
    if (element.when === undefined) put();
    else this.code.block(`if (there_${owner})`, put);
  }

  private ownerOf(name: string): string {
    return bitsOf(this.description, name)?.element.name ?? name;
  }
}

function headOf(element: Element): number {
  if (element.type === "number") return element.size;
  if (element.type === "constant") return element.hex.length / 2;
  return element.type === "prefixed" ? prefixSize(element.prefix) : 0;
}

/** As the interpreter counts: see Piece.fixed in assembly/codecs/declared/reply.ts. */
function fixedOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => {
    const own = "hex" in piece ? piece.hex.length / 2 : 20;
    return sum + own + ("content" in piece ? fixedOf(piece.content) : 0);
  }, 0);
}

function messagesOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => {
    const own = "message" in piece ? 1 : 0;
    return sum + own + ("content" in piece ? messagesOf(piece.content) : 0);
  }, 0);
}
