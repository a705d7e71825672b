/**
 * Custom sections of a module: text that Envoy does not read, and that tells Argot's own tools
 * what the module is.
 */
import { unsigned } from "./pack-data.js";

/** `wasm` with a section of this name at its end. */
export function withSection(wasm: Uint8Array, name: string, text: string): Buffer {
  const bytes = Buffer.from(name);
  const content = Buffer.concat([Buffer.from(unsigned(bytes.length)), bytes, Buffer.from(text)]);
  return Buffer.concat([wasm, Buffer.from([0, ...unsigned(content.length)]), content]);
}

/**
 * The text of the section of this name; undefined if there is none.
 * @throws Error if `wasm` is no module
 */
export function sectionIn(wasm: Uint8Array, name: string): string | undefined {
  const module = new WebAssembly.Module(new Uint8Array(wasm));
  const [section] = WebAssembly.Module.customSections(module, name);
  return section && Buffer.from(section).toString();
}
