/** What a rule does with a lane besides sending it somewhere: some of it cannot be done. */
import { list, show } from "../../protocol/wording.js";
import { parseDuration } from "../schemas/durations.js";
import type { Field } from "./field.js";
import type { Notes } from "./notes.js";

/** @param rule one member of `spec.http` */
export function checkLaneActions(rule: Field, notes: Notes): void {
  checkTimeout(rule.at("timeout"), notes);
  checkRetries(rule.at("retries"), notes);
  checkUseless(rule, notes);
  checkHeaders(rule.at("headers"), notes);
  for (const target of rule.at("route").items) checkHeaders(target.at("headers"), notes);
  const redirect = rule.at("redirect");
  if (redirect.exists) {
    const remedy = "Send it to the other host by `route`, or refuse it by `directResponse`.";
    const message = "can't be done: clients get an error reply, as their protocol has no redirects";
    notes.error(redirect.key, message, remedy);
  }
  const status = rule.at("directResponse", "status");
  if (status.number !== undefined && status.number < 400) {
    const message = `is ${status.number}, but the filter can answer requests with errors only`;
    notes.error(status, message, "Write what went wrong as an HTTP status, e.g. 403.");
  }
}

/** Envoy counts from the end of a request, and that of a lane comes when the lane is retired. */
const endless = "but limits no call: to Envoy a lane is one request, with all calls in it";

function checkTimeout(timeout: Field, notes: Notes): void {
  if (!isTime(timeout)) return;
  notes.error(
    timeout,
    `is ${timeout.text}, ${endless}`,
    "Leave it out: clients have timeouts of their own.",
  );
}

const isTime = ({ text }: Field): boolean => text !== undefined && parseDuration(text) !== 0;

/** Envoy's retry conditions that a lane which found no server fulfils. */
const useful = ["connect-failure", "reset", "reset-before-request", "5xx", "gateway-error"];

function checkRetries(retries: Field, notes: Notes): void {
  const perTry = retries.at("perTryTimeout");
  if (isTime(perTry)) {
    const remedy = "Leave it out; how long a connect may take is `tcp.connectTimeout`.";
    notes.error(perTry, `is ${perTry.text}, ${endless}`, remedy);
  }
  const retryOn = retries.at("retryOn");
  const words = (retryOn.text ?? "").split(",").map((word) => word.trim());
  const useless = words.filter((word) => word !== "" && !useful.includes(word));
  if (useless.length === 0) return;
  const message = `has ${list(useless)}, which no lane fulfils: once connected it is answered 200`;
  const remedy = "Write `connect-failure`: what a server has begun is not tried again.";
  if (useless.length === words.length) notes.error(retryOn, message, remedy);
  else notes.warning(retryOn, message, remedy);
}

function checkUseless(rule: Field, notes: Notes): void {
  const rewrite = rule.at("rewrite");
  if (rewrite.exists) {
    const message = "changes nothing that a server sees: it gets the request's own bytes";
    notes.warning(rewrite.key, message, "Drop it; the filter's `attachments` change requests.");
  }
  const cors = rule.at("corsPolicy");
  if (cors.exists) {
    notes.warning(cors.key, "does nothing: lanes do not come from browsers", "Drop it.");
  }
}

function checkHeaders(headers: Field, notes: Notes): void {
  for (const side of ["request", "response"] as const) {
    for (const [verb, names] of headers.at(side).entries) {
      const given = verb === "remove" ? names.texts : names.entries.map(([name]) => name);
      // The filter reads its own: parts of weights and policies.
      const lost = given.filter((name) => !/^x-argot-/i.test(name));
      if (lost.length === 0) continue;
      const who = side === "request" ? "the server" : "the client";
      const message = `has ${show(lost.join(", "))}, which ${who} does not get: it sees no headers`;
      notes.warning(names.key, message, remedies[side]);
    }
  }
}

const remedies = {
  request: "Write `attachments` in the ApplicationProtocol: they reach the server.",
  response: "Drop it.",
};
