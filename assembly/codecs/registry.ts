/** The codecs that this module speaks, by their names in the configuration. */
import { Codec } from "./codec";

const codecs: Codec[] = [];

/** Adds a protocol to those of the module, before any configuration is read. */
export function addCodec(codec: Codec): void {
  codecs.push(codec);
}

/** The codec for the protocol `name`, or null if there is none. */
export function codecFor(name: string): Codec | null {
  for (let i = 0; i < codecs.length; i++) {
    if (codecs[i].name == name) return codecs[i];
  }
  return null;
}

/** The names of all protocols. */
export function protocolNames(): string[] {
  return codecs.map<string>((codec) => codec.name);
}
