/** The part of hessian.js that the examples use. */
declare module "hessian.js" {
  class EncoderV2 {
    /** Writes a value: text, numbers, booleans, null, lists, or `{ $class, $ }` for a Java object. */
    write(value: unknown): void;
    get(): Buffer;
  }
  class DecoderV2 {
    constructor(bytes: Buffer);
    /** Reads the next value. */
    read(): unknown;
  }
  const hessian: { EncoderV2: typeof EncoderV2; DecoderV2: typeof DecoderV2 };
  export default hessian;
}
