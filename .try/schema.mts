import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { Ajv } from "ajv";
const v = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true }).compile(JSON.parse(readFileSync("scripts/schema/protocol.schema.json","utf8")));
for (const f of process.argv.slice(2)) console.log(f, v(parse(readFileSync(f,"utf8"))), v.errors?.map(e=>e.instancePath+e.message));
