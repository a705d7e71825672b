/** Lower case for ASCII letters only: the standard library's own brings Unicode's tables along. */
export function asciiLower(text: string): string {
  let lower = "";
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    lower += String.fromCharCode(c >= 0x41 && c <= 0x5a ? c | 0x20 : c);
  }
  return lower;
}
