import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { describe } from "/tmp/w/h6/scripts/declared/load.js";
for (const f of process.argv.slice(2)) { const d = describe(parse(readFileSync(f,"utf8"))); if ("findings" in d) console.log(f, d.findings); else console.log(f, JSON.stringify(d.description).length, JSON.stringify(d.description.head), JSON.stringify(d.description.context), JSON.stringify(d.description.errorReply)); }
