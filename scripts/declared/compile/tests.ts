/** Conditions and sums as expressions. */
import type { Sum, Test } from "../model.js";
import { atName, literal, numberName } from "./code.js";

/** All hold. @param fromServer an expression */
export function testsOf(tests: readonly Test[], fromServer: string): string {
  return tests.length === 0 ? "true" : tests.map((test) => testOf(test, fromServer)).join(" && ");
}

function testOf(test: Test, fromServer: string): string {
  if ("from" in test) return test.from === "server" ? fromServer : `!${fromServer}`;
  if ("number" in test) {
    const any = test.in.map((value) => `${numberName(test.number)} == ${literal(value)}`);
    return any.length === 1 ? any.join("") : `(${any.join(" || ")})`;
  }
  const name = "span" in test ? atName(test.span) : lookupName(test.attachment);
  return `${name} ${test.present ? "!=" : "=="} 0`;
}

export function sumOf({ add, terms }: Sum): string {
  const factors = terms.map(({ name, times }) => {
    const number = `<u64>(<u32>${numberName(name)})`;
    return times === 1 ? number : `${times} * ${number}`;
  });
  return [...(add > 0 || terms.length === 0 ? [String(add)] : []), ...factors].join(" + ");
}

/** The numbers that conditions ask for. */
export function numbersIn(tests: readonly Test[]): string[] {
  return tests.flatMap((test) => ("number" in test ? [test.number] : []));
}

/** The variable with the address of an attachment's value, for attachments that values ask for. */
export function lookupName(attachment: string): string {
  return atName(lookupWord(attachment));
}

export function lookupWord(attachment: string): string {
  return `attachment_${attachment.replace(/\W/g, (c) => `_${c.charCodeAt(0)}_`)}`;
}
