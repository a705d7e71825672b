/**
 * What a codec of one's own imports: `import { Codec, … } from "argot/codec"`.
 *
 * The names here, their meaning and their types are what docs/codecs.md promises; whatever else lies
 * in this folder may change with any version.
 */
export { Codec, INCOMPLETE, MALFORMED, Read } from "./codecs/codec";
export { Depth, Kind, Metadata, Part, Slot, ValueType } from "./codecs/metadata";
export { Edits } from "./codecs/edits";
export { load16, load32, load64, store16, store32, store64 } from "./bytes/order";
export { sameBytes } from "./bytes/same";
export { isUtf8 } from "./codecs/text";
export { DECIMAL_SIZE, decimal } from "./codecs/decimal";
export { decimalOfDouble } from "./codecs/double";
