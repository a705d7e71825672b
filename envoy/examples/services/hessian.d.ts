/** The part of hessian.js that the examples use. */
declare module "hessian.js" {
  interface Encoder {
    /** Writes a value: text, numbers, booleans, null, lists, or `{ $class, $ }` for a Java object. */
    write(value: unknown): void;
    get(): Buffer;
  }
  interface Decoder {
    /** Reads the next value. */
    read(): unknown;
  }
  const hessian: { EncoderV2: new () => Encoder; DecoderV2: new (bytes: Buffer) => Decoder };
  export default hessian;
}
