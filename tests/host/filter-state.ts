/** SetEnvoyFilterStateArguments {string path = 1; string value = 2; LifeSpan span = 3;} */

export interface FilterState {
  path: string;
  value: string;
  /** 0 filter chain, 1 connection, 2 top connection. */
  span: number;
}

/** Decodes it; null if the bytes are not such a message (protobuf wants valid UTF-8, too). */
export function decodeFilterState(bytes: Buffer): FilterState | null {
  const state: FilterState = { path: "", value: "", span: 0 };
  let at = 0;

  const varint = (): number => {
    for (let value = 0, shift = 0; shift < 35 && at < bytes.length; shift += 7) {
      const b = bytes[at++] ?? 0;
      value += (b & 0x7f) * 2 ** shift;
      if (b < 0x80) return value;
    }
    return NaN;
  };

  while (at < bytes.length) {
    const tag = varint();
    if (tag === 0x0a || tag === 0x12) {
      const n = varint();
      if (!(at + n <= bytes.length)) return null;
      let text: string;
      try {
        text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(at, at + n));
      } catch {
        return null;
      }
      at += n;
      if (tag === 0x0a) state.path = text;
      else state.value = text;
    } else if (tag === 0x18) {
      state.span = varint();
      if (!(state.span <= 2)) return null;
    } else {
      return null;
    }
  }
  return state;
}
