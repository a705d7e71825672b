import { jsonError, JsonType, parseJson } from "../../../assembly/json/json";

function error(text: string): string {
  return parseJson(text) === null ? jsonError : "(none)";
}

/** The string that is the whole document. */
function text(json: string): string {
  const value = parseJson(json);
  return value !== null && value.type == JsonType.STRING ? value.text : "(no string)";
}

function number(json: string): f64 {
  const value = parseJson(json);
  return value !== null && value.type == JsonType.NUMBER ? value.number : -1;
}

describe("JSON", () => {
  test("objects and arrays, with blanks anywhere", () => {
    const json = parseJson(' \t\n{ "a" : [ 1 , [ ] , { } ] ,\r\n"b":null } ')!;
    expect(json.type).toBe(JsonType.OBJECT);
    const a = json.get("a")!;
    expect(a.type).toBe(JsonType.ARRAY);
    expect(a.items.length).toBe(3);
    expect(a.items[0].number).toBe(1);
    expect(a.items[2].type).toBe(JsonType.OBJECT);
    expect(json.get("b")!.type).toBe(JsonType.NULL);
    expect(json.get("c") === null).toBe(true);
  });

  test("strings with escapes and characters beyond ASCII", () => {
    expect(text('"a\\"\\\\\\/\\b\\f\\n\\r\\tz"')).toBe('a"\\/\b\f\n\r\tz');
    expect(text('"\\u00e9\\u4F60\\ud83d\\ude00"')).toBe("é你😀");
    expect(text('"é你😀"')).toBe("é你😀");
    expect(text('""')).toBe("");
  });

  test("whole numbers; others are no numbers that a configuration takes", () => {
    expect(number("0")).toBe(0);
    expect(number("4294967296")).toBe(4294967296);
    expect(isNaN(number("-1"))).toBe(true);
    expect(isNaN(number("1.5"))).toBe(true);
    expect(isNaN(number("1e3"))).toBe(true);
  });

  test("true and false", () => {
    expect(parseJson("true")!.number).toBe(1);
    expect(parseJson("false")!.number).toBe(0);
    expect(parseJson("false")!.type).toBe(JsonType.BOOL);
  });

  test("what is wrong is told with its place", () => {
    expect(error("")).toBe("unexpected end at offset 0");
    expect(error("{} x")).toBe("unexpected text after the document at offset 3");
    expect(error("[1")).toBe("expected , or ] at offset 2");
    expect(error("[1,]")).toBe("unexpected character at offset 3");
    expect(error('{"a"}')).toBe("expected : at offset 4");
    expect(error('{"a":1,}')).toBe("expected a key at offset 7");
    expect(error("{a:1}")).toBe("expected a key at offset 1");
    expect(error('{"a":1 "b":2}')).toBe("expected , or } at offset 7");
    expect(error('{"a":1,"a":2}')).toBe('key "a" is there twice at offset 10');
    expect(error('"abc')).toBe("string without an end at offset 4");
    expect(error('"a\nb"')).toBe("control character in a string at offset 2");
    expect(error('"\\x"')).toBe("unknown escape in a string at offset 3");
    expect(error('"\\u12g4"')).toBe("unknown escape in a string at offset 5");
    expect(error("nul")).toBe("unexpected character at offset 0");
    expect(error("[".repeat(40) + "]".repeat(40))).toBe("nested too deep at offset 33");
  });

  test("each part of a document is no document", () => {
    const whole = '{"a":["b\\u0041",12,true,null,{"c":[]}]}';
    expect(error(whole)).toBe("(none)");
    for (let n = 0; n < whole.length; n++) {
      expect(parseJson(whole.substring(0, n)) === null).toBe(true, n.toString());
    }
  });
});
