/** A description, ready to be interpreted. */
import { Kind } from "../metadata";
import { Collection, Finder } from "./attachments";
import { Layout } from "./layout";
import { Machine } from "./machine";
import { Messages } from "./messages";
import { Copied, Reply } from "./reply";
import { Test } from "./tests";
import { Source, Value } from "./values";

/** A kind of frames, and by what they are known. */
export class KindRule {
  constructor(
    readonly kind: Kind,
    readonly reply: bool,
    readonly when: StaticArray<Test>,
  ) {}
}

/** What has to be known of a frame for one purpose. */
export class Need {
  /** So many elements. */
  elements: u32 = 0;
  /** These protobuf leaves. */
  leaves: u32 = 0;
  /** What lies in collections. */
  attachments: bool = false;
  /** What finds it. */
  code: StaticArray<u64> = new StaticArray<u64>(0);
}

/** What readMetadata or readReply report of a frame. */
export class Report {
  /** For all of it, and for what does not need attachments. */
  all: Need = new Need();
  call: Need = new Need();
  values: StaticArray<Value> = new StaticArray<Value>(0);
  collections: StaticArray<Collection> = new StaticArray<Collection>(0);
}

/** What a description comes to. Registers that may be absent are -1. */
export class Program {
  name: string = "";
  layout!: Layout;
  messages!: Messages;
  machine!: Machine;
  finder!: Finder;
  /** The elements that hold messages. */
  parts: StaticArray<u32> = new StaticArray<u32>(0);
  /** For each element the leaves of the message that it holds. */
  masks: StaticArray<u32> = new StaticArray<u32>(0);
  id: i32 = -1;
  silent: bool = false;
  kinds: StaticArray<KindRule> = new StaticArray<KindRule>(0);
  head: Need = new Need();
  request: Report = new Report();
  response: Report = new Report();
  status: i32 = -1;
  success: StaticArray<Test> = new StaticArray<Test>(0);
  /** Of a response that is no success. */
  message: StaticArray<Source> = new StaticArray<Source>(0);
  context: StaticArray<Copied> = new StaticArray<Copied>(0);
  errorReply: Reply | null = null;
  pong: Reply | null = null;
  goodbye: Reply | null = null;
  /** Elements whose bytes decide the metadata: see `Head` in scripts/declared/model.ts; or -1. */
  headFirst: i32 = -1;
  headCall: u32 = 0;
  headAll: u32 = 0;
  /** Elements of the hole; the hole may also be the leaf that `messages` watches. */
  holeFrom: u32 = 0;
  holeTo: u32 = 0;
}
