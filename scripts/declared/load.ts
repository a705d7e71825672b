/**
 * From a `kind: Protocol` document that the JSON Schema accepts to the description that is
 * interpreted and compiled, or to all that is wrong with it.
 */
import type { Finding } from "../protocol/problem.js";
import { Findings } from "./findings.js";
import { readFrame, readLength } from "./frame.js";
import { closeGap, findHead } from "./head.js";
import type { Description, KindName, NumberValue } from "./model.js";
import type { RawProtocol } from "./raw.js";
import { ReplyDraft } from "./reply.js";
import { Scope } from "./scope.js";
import { contextOf, solve } from "./solve.js";
import { readKinds, readRequest, readResponse } from "./values.js";

export type Described = { description: Description } | { findings: Finding[] };

const REPLIES = {
  errorReply: "response",
  pong: "pong",
  goodbye: "event",
} as const;

export function describe({ metadata, spec }: RawProtocol): Described {
  const findings = new Findings();
  const scope = new Scope(spec.byteOrder === "little");
  readFrame(spec, scope, findings);
  const length = findings.attempt(() => readLength(spec, scope, findings));
  const id = spec.id === "none" ? undefined : spec.id;
  if (id !== undefined) findings.attempt(() => scope.checkNumber(id, ["spec", "id"]));
  const kinds = readKinds(spec, scope, findings);
  checkKinds(
    kinds.map(({ kind }) => kind),
    id,
    findings,
  );
  const request = readRequest(spec, scope, findings);
  const response = readResponse(spec, scope, findings);
  const common = { kinds, ...(length && { length }), ...(id !== undefined && { id }) };
  const where = [...response.attachments, ...request.attachments].find((a) => !("name" in a));
  const drafts = (Object.keys(REPLIES) as (keyof typeof REPLIES)[]).flatMap((name) => {
    const raw = spec[name];
    if (raw === undefined) return [];
    const path = ["spec", name];
    const draft = new ReplyDraft(REPLIES[name], path, scope, where);
    draft.read(raw, id, findings);
    return [{ name, path, draft, values: [...draft.numbers.values()] as NumberValue[] }];
  });
  const context = contextOf(drafts, scope, findings);
  if (findings.all.length > 0) return { findings: findings.all };
  const replies = drafts.map(({ name, draft }) => [name, solve(draft, common, scope, findings)]);
  if (findings.all.length > 0) return { findings: findings.all };
  const head = closeGap(findHead({ ...common, request }, scope), context, scope);
  return {
    description: {
      name: metadata.name,
      elements: scope.elements,
      leaves: scope.leaves,
      ...common,
      ...(spec.silent && { silent: true }),
      request,
      response,
      context,
      ...(Object.fromEntries(replies) as Pick<Description, keyof typeof REPLIES>),
      ...(head && { head }),
    },
  };
}

function checkKinds(kinds: KindName[], id: string | undefined, findings: Findings): void {
  const beats = kinds.find((kind) => kind === "heartbeat" || kind === "pong");
  if (id !== undefined || beats === undefined) return;
  findings.add(
    ["spec", "kinds", beats],
    "needs request ids: without them every answer counts in the order of requests",
    "Describe it as a `request`; the server answers it.",
  );
}
