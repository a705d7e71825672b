/** What each method of a compiled codec has to find in a frame. */
import { type Description, SLOTS } from "../model.js";
import { Need, Registers } from "../registers.js";

export interface Needs {
  head: Need;
  call: Need;
  all: Need;
  reply: Need;
}

export function needsOf(description: Description, registers: Registers): Needs {
  return {
    head: headNeed(description, registers),
    ...requestNeeds(description, registers),
    reply: replyNeed(description, registers),
  };
}

function headNeed(description: Description, registers: Registers): Need {
  const { id, response, context, kinds, head } = description;
  const need = new Need();
  for (const name of [id, response.status, ...context.map(({ name }) => name)]) {
    if (name !== undefined) registers.mark(need, name);
  }
  for (const { when } of kinds) registers.markTests(need, when);
  const hole = head?.hole;
  if (hole !== undefined && "leaf" in hole) registers.mark(need, hole.leaf);
  else if (hole !== undefined) need.elements = Math.max(need.elements, hole.to);
  return need;
}

function requestNeeds({ request, head }: Description, registers: Registers) {
  const call = new Need();
  for (const slot of SLOTS) {
    for (const source of request[slot] ?? []) registers.markSource(call, source);
  }
  const all = call.copy();
  for (const a of request.attachments) {
    if ("name" in a) registers.markSource(all, a.source);
    else all.attachments = true;
  }
  registers.complete(call);
  registers.complete(all);
  call.elements = Math.max(call.elements, head === undefined ? 0 : head.call + 1);
  all.elements = Math.max(all.elements, head === undefined ? 0 : head.all + 1);
  return { call, all };
}

function replyNeed({ elements, response }: Description, registers: Registers): Need {
  const need = new Need();
  need.elements = elements.length;
  if (response.status !== undefined) registers.mark(need, response.status);
  for (const source of response.message ?? []) registers.markSource(need, source);
  registers.markTests(need, response.success);
  for (const a of response.attachments) {
    if ("name" in a) registers.markSource(need, a.source);
    else need.attachments = true;
  }
  registers.complete(need);
  return need;
}
