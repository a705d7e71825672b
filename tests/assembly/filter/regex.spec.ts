/** Regular expressions: each line of the list is true for RE2, whole texts matched. */
import { Regex } from "../../../assembly/filter/regex/program";

function matches(expression: string, text: string): bool {
  const regex = new Regex(expression);
  assert(regex.error == "", expression + ": " + regex.error);
  const utf8 = String.UTF8.encode(text);
  return regex.matches(changetype<usize>(utf8), utf8.byteLength);
}

function all(expression: string, texts: string[]): void {
  for (let i = 0; i < texts.length; i++)
    expect(matches(expression, texts[i])).toBe(true, expression + " and " + texts[i]);
}
function none(expression: string, texts: string[]): void {
  for (let i = 0; i < texts.length; i++)
    expect(matches(expression, texts[i])).toBe(false, expression + " and " + texts[i]);
}

/** What is wrong with an expression. */
function error(expression: string): string {
  return new Regex(expression).error;
}

describe("regular expressions", () => {
  test("literals match the whole text", () => {
    all("", [""]);
    none("", ["a"]);
    all("abc", ["abc"]);
    none("abc", ["", "ab", "abcd", "xabc", "ABC"]);
    all("a\\.b\\*\\\\\\[\\-", ["a.b*\\[-"]);
    none("a\\.b", ["axb"]);
    all("]a}", ["]a}"]);
    all("é你😀+", ["é你😀", "é你😀😀"]);
    none("é你😀+", ["é你", "é你😁", "e你😀"]);
  });

  test("any character but a line's end", () => {
    all("a.c", ["abc", "a.c", "aéc", "a你c", "a😀c"]);
    none("a.c", ["ac", "a\nc", "abbc", "a你你c"]);
    all(".*", ["", "anything at all"]);
    none(".*", ["two\nlines"]);
  });

  test("repetition", () => {
    all("ab*", ["a", "ab", "abbbb"]);
    all("ab+", ["ab", "abb"]);
    none("ab+", ["a", "ba"]);
    all("ab?", ["a", "ab"]);
    none("ab?", ["abb"]);
    all("a{3}", ["aaa"]);
    none("a{3}", ["aa", "aaaa"]);
    all("a{2,}", ["aa", "aaaaaa"]);
    none("a{2,}", ["a"]);
    all("a{0,2}b{1}", ["b", "ab", "aab"]);
    none("a{0,2}b{1}", ["aaab"]);
    all("(ab){2,3}", ["abab", "ababab"]);
    none("(ab){2,3}", ["ab", "abababab"]);
    all("a*?b+?c??", ["b", "aabb", "bc"]);
    all("(a*)*", ["", "aaa"]);
    none("(a*)+", ["b"]);
    all("(a?){3}a{3}", ["aaa", "aaaaaa"]);
  });

  test("choice and groups", () => {
    all("a|bc|", ["a", "bc", ""]);
    none("a|bc", ["abc", "b", ""]);
    all("get(User|Order)s?", ["getUser", "getOrders"]);
    none("get(User|Order)s?", ["getCart", "getUserOrders"]);
    all("(?:a|b)*c", ["c", "abbac"]);
    all("((a)(b|(c)))", ["ab", "ac"]);
  });

  test("classes", () => {
    all("[a-c_]+", ["abc_", "c"]);
    none("[a-c_]+", ["d", ""]);
    all("[^a-c]", ["d", "é", "\n", "😀"]);
    none("[^a-c]", ["a", ""]);
    all("[]a]+", ["]a"]);
    all("[a-]+", ["a-", "-"]);
    all("[\\]\\-\\\\]+", ["]-\\"]);
    all("[\\d.]+", ["10.2"]);
    all("[0-9a-fA-F]{4}", ["09aF"]);
    all("[^a-cx-z]|[^X-ZA-C]{2}", ["m", "d", "mm"]);
    none("[^a-cx-z]|[^X-ZA-C]{2}", ["b", "y", "Bm", "mY"]);
    all("[^a-cb-e]+", ["fg"]);
    none("[^a-cb-e]+", ["d", "b", "a"]);
    all("[à-ü]+", ["éà"]);
    none("[à-ü]+", ["z"]);
  });

  test("classes with a name", () => {
    all("\\d+", ["0123456789"]);
    none("\\d", ["a", "٣"]);
    all("\\w+", ["aZ_9"]);
    none("\\w", ["-", "é"]);
    all("\\s+", [" \t\n\f\r"]);
    none("\\s", ["\v", "a"]);
    all("\\D\\W\\S", ["a-b"]);
    none("\\D", ["5"]);
    all("[^\\s]+", ["ab"]);
    all("\\t\\r\\n", ["\t\r\n"]);
  });

  test("begin and end", () => {
    all("^abc$", ["abc"]);
    all("(^a|b)c", ["ac", "bc"]);
    none("a^b", ["ab", "a^b"]);
    none("a$b", ["ab"]);
    all("a($|b)", ["a", "ab"]);
    all("^$", [""]);
    all("^^a", ["a"]);
  });

  test("bytes that are no UTF-8 match nothing", () => {
    const regex = new Regex("a..b");
    const broken = new StaticArray<u8>(4);
    broken[0] = 0x61;
    broken[1] = 0xff;
    broken[2] = 0xc3;
    broken[3] = 0x62;
    expect(regex.matches(changetype<usize>(broken), 4)).toBe(false);
    expect(new Regex("a[^x]..?").matches(changetype<usize>(broken), 4)).toBe(false);
    expect(new Regex("aÿ..").matches(changetype<usize>(broken), 4)).toBe(false);
  });

  test("what other engines take minutes for takes steps in proportion to the text", () => {
    const text = "a".repeat(20_000);
    none("(a*)*b", [text]);
    none("(a|aa)+$b", [text]);
    none("(a+)+[^a]", [text]);
    all("(x+x+)+y|a*", [text]);
    none("(.*a){20}b", [text]);
  });

  test("running allocates nothing", () => {
    const regex = new Regex("([a-z]+\\.)*[A-Z]\\w*");
    const text = String.UTF8.encode("org.apache.demo.UserService");
    const p = changetype<usize>(text);
    regex.matches(p, text.byteLength);
    const before = heapTop();
    for (let i = 0; i < 10_000; i++) assert(regex.matches(p, text.byteLength));
    expect(heapTop()).toBe(before);
  });

  test("what is not supported, or wrong, is told with its place", () => {
    expect(error("(?i)a")).toBe("only (?: groups are supported at character 2");
    expect(error("(?=a)")).toBe("only (?: groups are supported at character 2");
    expect(error("(?P<n>a)")).toBe("only (?: groups are supported at character 2");
    expect(error("(a")).toBe("missing ) at character 2");
    expect(error("a)")).toBe("unmatched ) at character 1");
    expect(error("[a")).toBe("missing ] at character 2");
    expect(error("[[:alpha:]]")).toBe("unsupported class [: at character 2");
    expect(error("[b-a]")).toBe("bad range at character 4");
    expect(error("[a-\\d]")).toBe("bad range at character 5");
    expect(error("*a")).toBe("nothing to repeat at character 0");
    expect(error("a**")).toBe("nothing to repeat at character 2");
    expect(error("a|+")).toBe("nothing to repeat at character 2");
    expect(error("^*")).toBe("nothing to repeat at character 1");
    expect(error("a{2,1}")).toBe("bad {n,m} at character 6");
    expect(error("a{1001}")).toBe("more than 1000 repeats at character 7");
    expect(error("\\1")).toBe("unsupported escape at character 2");
    expect(error("\\bx")).toBe("unsupported escape at character 2");
    expect(error("\\pL")).toBe("unsupported escape at character 2");
    expect(error("a\\")).toBe("backslash at the end at character 2");
    expect(error("(".repeat(60) + ")".repeat(60))).toBe("nested too deep at character 50");
    expect(error("(a{1000}){1000}")).toBe("too large: lower the numbers in {n,m}");
  });
});

/** Where the next block of memory would lie: moves with every allocation that is not given back. */
function heapTop(): usize {
  const block = heap.alloc(16);
  heap.free(block);
  return block;
}
