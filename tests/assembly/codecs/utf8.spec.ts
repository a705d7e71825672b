import { jsonLossy } from "../../../assembly/codecs/json";
import { irregular } from "../../../assembly/codecs/text";
import { isPlainUtf8 } from "../../../assembly/codecs/utf8";
import { address, asciiHex, bytes } from "./support";

function isPlain(hex: string): bool {
  const text = bytes(hex);
  return isPlainUtf8(address(text), text.length);
}

describe("plain UTF-8", () => {
  test("characters of each length, wherever they stand", () => {
    const characters = ["", "61", "00", "c3bc", "e4b8ad", "efbfbf", "f09f9880", "f48fbfbf"];
    for (let n = 0; n < 20; n++) {
      const before = asciiHex("x".repeat(n));
      for (let i = 0; i < characters.length; i++) {
        expect(isPlain(before + characters[i])).toBe(true, characters[i]);
        expect(isPlain(characters[i] + before + characters[i])).toBe(true, characters[i]);
      }
    }
  });

  test("surrogates, overlong, broken and cut characters are none", () => {
    const wrong = "80 bf c0 c080 c1bf c3 c328 e080af eda080 e4b8 e4 f0808080 f4908080 f09f98 f5 ff";
    const characters = wrong.split(" ");
    for (let n = 0; n < 20; n++) {
      const before = asciiHex("x".repeat(n));
      for (let i = 0; i < characters.length; i++) {
        expect(isPlain(before + characters[i])).toBe(false, characters[i]);
        expect(isPlain("c3bc" + characters[i] + before)).toBe(false, characters[i]);
        expect(irregular).toBe(false);
      }
    }
  });

  test("what is none is shown with a character that stands for it", () => {
    const text = bytes("61ffc3bce4b822f09f98");
    expect(jsonLossy(address(text), text.length)).toBe(
      '"a\ufffd\u00fc\ufffd\ufffd\\"\ufffd\ufffd\ufffd"',
    );
    expect(jsonLossy(0, 0)).toBe('""');
  });
});
