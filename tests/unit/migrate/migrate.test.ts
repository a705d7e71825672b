/**
 * Every file of inputs/ becomes what stands in expected/: what is made as NAME.yaml, the report as
 * NAME.txt. A file that is wrong says in `# expect:` lines what is to be said of it.
 * `UPDATE=1 npx tsx --test tests/unit/migrate/migrate.test.ts` writes expected/ anew: read it.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { packageRoot } from "../../../scripts/cli/paths.js";
import { migrate, type Made, type Migration } from "../../../scripts/migrate/migrate.js";
import { reportText, type DocumentReport } from "../../../scripts/migrate/report.js";
import { readText, type Files } from "../../../scripts/migrate/resources.js";
import { checkMade } from "../../../scripts/migrate/verify.js";
import { toYaml } from "../../../scripts/migrate/yaml.js";
import { headerOf } from "../../../scripts/protocol/headers.js";
import { formatProblem } from "../../../scripts/protocol/problem.js";
import { argot } from "../../support/cli.js";

const folder = join(packageRoot, "tests/unit/migrate");
const inputs = readdirSync(join(folder, "inputs")).sort();
const update = process.env.UPDATE === "1";

function textOf(name: string): string {
  return readFileSync(join(folder, "inputs", name), "utf8");
}

function filesOf(name: string): Files {
  return readText(name, textOf(name));
}

function allOf({ argot, routes, services }: Made): object[] {
  return [...argot, ...routes, ...services];
}

function expectFile(name: string, text: string): void {
  const file = join(folder, "expected", name);
  if (update) writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"));
}

describe("argot migrate", () => {
  for (const name of inputs) {
    const expected = Array.from(textOf(name).matchAll(/^# expect: (.*)$/gm), ([, text]) => text);
    if (expected.length > 0) {
      it(`says what is wrong in ${name}`, () => {
        const { report } = migrate(filesOf(name));
        const said = report.problems.map((problem) => formatProblem(problem));
        assert.deepEqual(
          said.map((text) => text.replace(`${name}:`, "")),
          expected,
        );
      });
      continue;
    }
    describe(name, () => {
      const result = migrate(filesOf(name));
      const base = name.replace(/\.yaml$/, "");
      it("becomes what is expected", () => {
        assert.deepEqual(result.report.problems, []);
        expectFile(`${base}.yaml`, toYaml(allOf(result.made)));
        expectFile(`${base}.txt`, reportText(result.report));
      });
      it("becomes the same in any order of its documents", () => {
        const { resources, problems } = filesOf(name);
        const turned = migrate({ resources: resources.reverse(), problems });
        assert.deepEqual(turned.made, result.made);
        assert.equal(reportText(turned.report), reportText(result.report));
      });
      it("has no field that the report does not speak of", () => {
        assert.deepEqual(unspoken(filesOf(name), result), []);
      });
      it("becomes files that are valid", () => {
        checkMade(result.made, folder);
      });
      it("routes on the keys that its routes, rules and policies use, and on no others", () => {
        const wanted = new Set(
          JSON.stringify(result.made.routes).match(/x-argot-[a-z0-9_.-]+/g) ?? [],
        );
        if (/"(notP|p)aths":/.test(JSON.stringify(result.made.routes))) {
          wanted.add("x-argot-service").add("x-argot-method");
        }
        const keys = (result.made.argot as { spec: { routeOn: string[] } }[]).flatMap(
          ({ spec }) => spec.routeOn,
        );
        assert.deepEqual(new Set(keys.map(headerOf)), wanted);
      });
    });
  }
});

/** The fields of resources that the report names, and in them those that it says nothing of. */
function unspoken(files: Files, { report }: Migration): string[] {
  return files.resources.flatMap((resource) => {
    const told = report.documents.find(
      ({ file, line, kind }) =>
        file === resource.file && line === resource.line && kind === resource.kind,
    );
    // Of a workload only what is Aeraki's is of interest.
    if (told === undefined || resource.group === "apps") return [];
    const value = resource.root.value as { metadata?: object; spec?: object };
    const leaves = [...leavesOf(value.metadata, "metadata"), ...leavesOf(value.spec, "spec")];
    return leaves.filter((leaf) => !isSpoken(leaf, told)).map((leaf) => `${told.name}: ${leaf}`);
  });
}

function isSpoken(leaf: string, { entries }: DocumentReport): boolean {
  if (leaf === "metadata.name" || leaf === "metadata.namespace") return true;
  return entries.some(
    ({ field }) => leaf === field || leaf.startsWith(`${field}.`) || leaf.startsWith(`${field}[`),
  );
}

function leavesOf(value: unknown, path: string): string[] {
  if (typeof value !== "object" || value === null) return value === undefined ? [] : [path];
  return Object.entries(value).flatMap(([name, member]) =>
    leavesOf(member, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`),
  );
}

describe("argot migrate, of a protocol of one's own,", () => {
  const own = { tally: "./protocols/tally.yaml" };

  it("takes the description that it is told", () => {
    const file = join(packageRoot, "tests/unit/migrate/inputs/private-protocol.yaml");
    const { made, report } = migrate(readText(file, textOf("private-protocol.yaml")), {
      tally: join(packageRoot, "protocols/tally.yaml"),
    });
    assert.deepEqual(report.problems, []);
    const [, tally] = made.argot as { metadata: object; spec: { services: object } }[];
    assert.deepEqual(tally?.metadata, { name: "tally" });
    assert.deepEqual(tally?.spec.services, [
      { host: "counter.shop.svc.cluster.local", port: 7000 },
    ]);
  });

  it("makes its attributes keys of the same name, or attachments", () => {
    const text = `${textOf("private-protocol.yaml")}---
apiVersion: metaprotocol.aeraki.io/v1alpha1
kind: MetaRouter
metadata: { name: counter, namespace: shop }
spec:
  hosts: [counter.shop.svc.cluster.local]
  routes:
    - match: { attributes: { service: { exact: a }, room: { exact: b } } }
      route: [{ destination: { host: counter.shop.svc.cluster.local } }]
`;
    // Without the other port the routes are for all ports.
    const files = readText("own.yaml", text.replace(/^.*tcp-metaprotocol-dubbo.*$/m, ""));
    const { made } = migrate(files, own);
    assert.deepEqual((made.argot[0] as { spec: object }).spec, {
      protocol: own.tally,
      routeOn: ["service", "attachment.room"],
      services: [{ host: "counter.shop.svc.cluster.local", port: 7000 }],
    });
    const check = () => checkMade(made, packageRoot);
    assert.throws(check, /routeOn\[1\]: is "attachment.room", which no tally request carries/);
  });

  it("leaves the routes of a protocol without codec out, and says so", () => {
    const text = `${textOf("private-protocol.yaml").replace(/^.*tcp-metaprotocol-dubbo.*$/m, "")}---
apiVersion: metaprotocol.aeraki.io/v1alpha1
kind: MetaRouter
metadata: { name: counter, namespace: shop }
spec:
  hosts: [counter.shop.svc.cluster.local]
  routes: [{ route: [{ destination: { host: counter.shop.svc.cluster.local } }] }]
`;
    const { made, report } = migrate(readText("own.yaml", text));
    assert.deepEqual(allOf(made), []);
    const router = report.documents.find(({ kind }) => kind === "MetaRouter");
    const said = router?.entries.find(({ field }) => field === "spec.routes");
    assert.equal(said?.verdict, "none");
    assert.match(said?.note ?? "", /stays TCP: Argot has no codec for tally.*--protocol tally=/);
  });
});

describe("argot migrate, on the command line,", () => {
  const input = join("tests/unit/migrate/inputs", "authorization-deny.yaml");

  it("writes files that `argot validate` finds right, and the report", () => {
    const out = mkdtempSync(join(tmpdir(), "argot-migrate-"));
    try {
      const ended = argot("migrate", input, "-o", out);
      assert.equal(ended.status, 0, ended.stderr);
      assert.deepEqual(readdirSync(out).sort(), [
        ...["argot.yaml", "report.txt", "routes.yaml", "services.yaml"],
      ]);
      assert.equal(readFileSync(join(out, "report.txt"), "utf8"), ended.stdout);
      const files = ["argot", "routes", "services"].map((name) => join(out, `${name}.yaml`));
      const { status, stdout } = argot("validate", ...files);
      assert.equal(status, 0, stdout);
    } finally {
      rmSync(out, { recursive: true });
    }
  });

  it("makes what lies in istio/from-aeraki", () => {
    const example = join("istio", "from-aeraki");
    const out = mkdtempSync(join(tmpdir(), "argot-migrate-"));
    try {
      const { status, stderr } = argot("migrate", join(example, "aeraki.yaml"), "-o", out);
      assert.equal(status, 0, stderr);
      const made = readdirSync(out).sort();
      assert.deepEqual(
        [...made, "aeraki.yaml"].sort(),
        readdirSync(join(packageRoot, example)).sort(),
      );
      for (const name of made) {
        const text = (folder: string) => readFileSync(join(folder, name), "utf8");
        assert.equal(text(out), text(join(packageRoot, example)));
      }
    } finally {
      rmSync(out, { recursive: true });
    }
  });

  it("prints YAML on standard output and the report on standard error with -o -", () => {
    const { stdout, stderr } = argot("migrate", input, "-o", "-");
    const expected = (end: string) =>
      readFileSync(join(folder, "expected", `authorization-deny.${end}`), "utf8");
    assert.equal(stdout, expected("yaml"));
    assert.equal(stderr, expected("txt").replaceAll("authorization-deny.yaml", input));
  });

  it("writes nothing and exits with 1 if a file is wrong, also as JSON", () => {
    const wrong = join("tests/unit/migrate/inputs", "invalid.yaml");
    const { status, stdout } = argot("migrate", "--json", wrong, "-o", "/nowhere/at/all");
    assert.equal(status, 1);
    const said = JSON.parse(stdout) as { ok: boolean; problems: object[]; made?: object };
    assert.deepEqual([said.ok, said.problems.length, said.made], [false, 20, undefined]);
  });

  it("refuses a --protocol that says nothing", () => {
    const { status, stderr } = argot("migrate", input, "--protocol", "tally");
    assert.equal(status, 2);
    assert.match(stderr, /It must be NAME=ARGOT/);
  });
});

describe("samples of migration", () => {
  it("speak of every kind that Aeraki has", () => {
    const kinds = new Set(
      inputs
        .flatMap((name) => parseAllDocuments(textOf(name)).map((one) => one.toJS() as Kinded))
        .flatMap((one) => (one.kind === "List" ? (one.items ?? []) : [one]))
        .filter(({ apiVersion }) => apiVersion.includes("aeraki.io/"))
        .map(({ kind }) => kind),
    );
    assert.deepEqual([...kinds].sort(), [
      "ApplicationProtocol",
      "DubboAuthorizationPolicy",
      "MetaRouter",
      "RedisDestination",
      "RedisService",
    ]);
  });
});

interface Kinded {
  apiVersion: string;
  kind: string;
  items?: Kinded[];
}
