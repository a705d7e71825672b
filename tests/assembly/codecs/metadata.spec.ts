import { Metadata, ValueType } from "../../../assembly/codecs/metadata";
import { address, asciiHex, bytes, slotText } from "./support";

describe("attachments of a name that comes twice", () => {
  test("the last one wins, whatever it is", () => {
    const m = new Metadata();
    const slot = m.want("user");
    const user = bytes(asciiHex("user"));
    const alice = bytes(asciiHex("alice"));
    m.attachment(address(user), 4, address(alice), 5, ValueType.NULL);
    expect(slotText(m, slot)).toBe("(none)");
    m.attachment(address(user), 4, address(alice), 5, ValueType.STRING);
    expect(slotText(m, slot)).toBe("alice");
    m.attachment(address(user), 4, address(alice), 5, ValueType.NULL);
    expect(slotText(m, slot)).toBe("(none)");
    m.attachment(address(user), 4, address(alice), 5, ValueType.STRING);
    m.attachment(address(user), 4, address(alice), 5, ValueType.ENCODED);
    expect(slotText(m, slot)).toBe("(none)");
  });
});
