/** Routing keys: which metadata decide, under which names Envoy sees them. */
import { asciiLower } from "../bytes/ascii";
import { MAX_WANTED, Metadata, Slot } from "../codecs/metadata";

const STANDARD: string[] = ["service", "method", "version", "group", "parameterTypes"];
const HEADERS: string[] = [
  "x-argot-service",
  "x-argot-method",
  "x-argot-version",
  "x-argot-group",
  "x-argot-parameter-types",
];
const ATTACHMENT = "attachment.";

export class RouteKeys {
  readonly names: string[];
  /** Where a codec reports each key's value. */
  readonly slots: StaticArray<u32>;
  /** The HTTP/2 header of each key, as UTF-8. */
  readonly headers: ArrayBuffer[] = [];
  /** The property of each key, as UTF-8. */
  readonly properties: ArrayBuffer[] = [];
  /** Whether service and method are routed on, and so may stand in a lane's path. */
  readonly service: bool;
  readonly method: bool;

  /** `names` are keys (`isKey`); attachments among them are asked of `metadata`. */
  constructor(names: string[], metadata: Metadata) {
    this.names = names;
    this.service = names.includes("service");
    this.method = names.includes("method");
    this.slots = new StaticArray<u32>(names.length);
    for (let i = 0; i < names.length; i++) {
      const standard = STANDARD.indexOf(names[i]);
      this.slots[i] =
        standard >= 0
          ? <u32>standard
          : <u32>i < MAX_WANTED
            ? metadata.want(names[i].substring(ATTACHMENT.length))
            : 0;
      if (standard == Slot.GROUP) metadata.depth = 1; // the group lies among the attachments
      this.headers.push(String.UTF8.encode(headerName(names[i])));
      this.properties.push(String.UTF8.encode("argot." + names[i]));
    }
  }

  static isKey(name: string): bool {
    return (
      STANDARD.includes(name) || (name.startsWith(ATTACHMENT) && name.length > ATTACHMENT.length)
    );
  }

  /** Which key has this name, -1 if it is not routed on. */
  indexOf(name: string): i32 {
    return this.names.indexOf(name);
  }
}

/** The header of a key: lower case, `x-argot-` before it, other characters as `-`. */
export function headerName(key: string): string {
  const standard = STANDARD.indexOf(key);
  if (standard >= 0) return HEADERS[standard];
  let name = "x-argot-attachment-";
  const text = asciiLower(key.substring(ATTACHMENT.length));
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    name += "abcdefghijklmnopqrstuvwxyz0123456789_.-".includes(c) ? c : "-";
  }
  return name;
}
