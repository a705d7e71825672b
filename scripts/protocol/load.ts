/** From files to models, with every mistake in them. */
import { UserError } from "../cli/error.js";
import { readText } from "../cli/file.js";
import { checkProtocol, checkTogether, type Placed } from "./checks.js";
import { describeDocument, isDescription, isPath, readDescription } from "./described.js";
import { checkPluginConfig, checkWasmPlugin, isArgotPlugin } from "./istio.js";
import { toProtocol, type Model, type RawDocument } from "./model.js";
import { fieldOf, formatProblem, isUnder, type Finding, type Problem } from "./problem.js";
import { checkSchema, pluginFields } from "./schema.js";
import { parseSource, type SourceDocument } from "./source.js";
import { nearest, show } from "./wording.js";

/**
 * `WasmPlugin`: one that loads Argot; `resource`: another one of Istio or Kubernetes, checked;
 * `other`: what is not Argot's business, and not checked.
 */
export type Kind =
  "ApplicationProtocol" | "Protocol" | "plugin" | "WasmPlugin" | "resource" | "other";

/** No documents. */
export const noCounts: Readonly<Record<Kind, number>> = {
  ...{ ApplicationProtocol: 0, Protocol: 0, plugin: 0, WasmPlugin: 0, resource: 0, other: 0 },
};

export interface Loaded {
  /** The `ApplicationProtocol` documents; sound only if there are no problems. */
  model: Model;
  /** How many documents of each kind there are, sound or not. */
  counts: Record<Kind, number>;
  problems: Problem[];
  /** All documents, in order. */
  documents: SourceDocument[];
  /** Each member of the model with the document that says it. */
  placed: PlacedProtocol[];
}

/** An ApplicationProtocol and the document that says it. */
export interface PlacedProtocol {
  document: SourceDocument;
  protocol: Model[number];
}

/** What is wrong with a resource of Istio or Kubernetes; undefined: it is of no kind to check. */
export type ResourceCheck = (resource: object) => Finding[] | undefined;

/** A file that has mistakes; the message lists them all. */
export class ProblemsError extends UserError {
  constructor(readonly problems: Problem[]) {
    super(problems.map(formatProblem).join("\n"));
  }
}

/**
 * The documents of a file that can be used, and what is wrong with the others.
 * @param checkResource without it, resources of Istio and Kubernetes count as `other`
 * @throws UserError if the file can't be read
 */
export function load(file: string, checkResource?: ResourceCheck): Loaded {
  return loadText(file, readText(file, "Check the path and the permissions."), checkResource);
}

/** What stands in several files. */
export type All = Pick<Loaded, "model" | "documents" | "placed">;

/**
 * The documents of all files.
 * @throws ProblemsError with every mistake in all of them
 */
export function loadAll(files: readonly string[]): All {
  const loaded = files.map((file) => load(file));
  const problems = loaded.flatMap((each) => each.problems);
  if (problems.length > 0) throw new ProblemsError(problems);
  return {
    model: loaded.flatMap(({ model }) => model),
    documents: loaded.flatMap(({ documents }) => documents),
    placed: loaded.flatMap(({ placed }) => placed),
  };
}

/** Like `load`, for text that is at hand; `file` names it in problems. */
export function loadText(file: string, text: string, checkResource?: ResourceCheck): Loaded {
  const { documents, problems } = parseSource(file, text);
  if (documents.length === 0 && problems.length === 0) {
    const remedy = "Write an `ApplicationProtocol`, e.g. as in envoy/examples/greeter.yaml.";
    problems.push({ file, line: 1, column: 1, field: "", message: "is empty", remedy });
  }
  const placed: (Placed & PlacedProtocol)[] = [];
  const counts: Loaded["counts"] = { ...noCounts };
  const elsewhere: Problem[] = [];
  documents.forEach((document, index) => {
    const { findings, protocol, kind, problems: others = [] } = check(document, checkResource);
    elsewhere.push(...others);
    problems.push(...findings.map((finding) => document.place(finding)));
    if (protocol !== undefined) placed.push({ index, document, protocol });
    if (kind !== undefined) counts[kind]++;
  });
  for (const { index, finding } of checkTogether(placed)) {
    const document = documents[index];
    if (document !== undefined) problems.push(document.place(finding));
  }
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  problems.push(...elsewhere);
  const model = placed.map(({ protocol }) => protocol);
  return { model, counts, problems, documents, placed };
}

/**
 * The model of a file, complete enough to run an Envoy from it.
 * @throws ProblemsError with every mistake
 */
export function loadForEnvoy(file: string): Model {
  const { model, problems } = load(file);
  if (problems.length > 0) throw new ProblemsError(problems);
  if (model.length === 0) {
    throw new UserError("holds no ApplicationProtocol", {
      file,
      remedy: "Envoy can be set up from `kind: ApplicationProtocol` only.",
    });
  }
  for (const { services } of model) {
    for (const { host, subsets } of services) {
      if (subsets.length > 0 && subsets.every(({ endpoints }) => endpoints.length > 0)) continue;
      throw new UserError(`service ${host} does not say where its instances listen`, {
        file,
        field: "spec.services.subsets.endpoints",
        remedy: 'For local use, give every subset its endpoints, e.g. ["127.0.0.1:20881"].',
      });
    }
  }
  return model;
}

interface Checked {
  findings: Finding[];
  /** What is wrong in files that the document names. */
  problems?: Problem[];
  protocol?: Model[number];
  kind?: Kind;
}

function check({ file, value }: SourceDocument, checkResource?: ResourceCheck): Checked {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const remedy = "Write `apiVersion: argot.dev/v1` and `kind: ApplicationProtocol`.";
    return { findings: [{ path: [], message: "must be a map of fields", remedy }] };
  }
  if (isArgotPlugin(value)) {
    const own = checkWasmPlugin(value);
    const isNew = ({ path }: Finding) =>
      !own.some((found) => fieldOf(found.path) === fieldOf(path));
    const others = checkResource?.(value) ?? [];
    // What both find is said once, in Argot's words.
    return { findings: [...others.filter(isNew), ...own], kind: "WasmPlugin" };
  }
  if (isForeign(value)) {
    const findings = checkResource?.(value);
    return { findings: findings ?? [], kind: findings === undefined ? "other" : "resource" };
  }
  if (isPluginConfiguration(value)) return { findings: checkPluginConfig(value), kind: "plugin" };
  if (isDescription(value)) {
    const described = describeDocument(value);
    return { findings: "findings" in described ? described.findings : [], kind: "Protocol" };
  }
  const kind = "kind" in value ? value.kind : undefined;
  if (kind !== APPLICATION_PROTOCOL) return { findings: [unknownKind(kind)] };
  const wrong = checkSchema(kind, value);
  const isSound = !wrong.some(({ path }) => isUnder(path, ["spec", "protocol"]));
  const { document, problems } = isSound
    ? withDescription(value as RawDocument, file)
    : { document: value as RawDocument, problems: [] };
  if (problems.length > 0) return { findings: wrong, kind, problems };
  const findings = [...wrong, ...checkProtocol(document, wrong)];
  if (wrong.length > 0) return { findings, kind };
  return { findings, kind, protocol: toProtocol(document) };
}

/** The document with the description that its protocol names in the place of the name. */
function withDescription(
  document: RawDocument,
  file: string,
): { document: RawDocument; problems: Problem[] } {
  const { spec } = document;
  if (!isPath(spec.protocol)) return { document, problems: [] };
  const read = readDescription(spec.protocol, file);
  if ("problems" in read) return { document, problems: read.problems };
  return { document: { ...document, spec: { ...spec, protocol: read.description } }, problems: [] };
}

const APPLICATION_PROTOCOL = "ApplicationProtocol";

/** A resource of Kubernetes or Istio, as may well stand in one file with Argot's. */
function isForeign(value: object): boolean {
  const { apiVersion, kind } = value as Record<string, unknown>;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return false;
  return (
    !apiVersion.startsWith("argot.dev/") && nearest(kind, [APPLICATION_PROTOCOL]) === undefined
  );
}

/** It has no kind, as all that is written for Kubernetes has, but fields of the configuration. */
function isPluginConfiguration(value: object): boolean {
  const names = Object.keys(value);
  if (names.some((name) => ["apiVersion", "kind", "metadata", "spec"].includes(name))) return false;
  return names.some((name) => pluginFields.includes(name));
}

function unknownKind(kind: unknown): Finding {
  if (typeof kind === "string" && nearest(kind, [APPLICATION_PROTOCOL]) !== undefined) {
    const remedy = `Did you mean \`${APPLICATION_PROTOCOL}\`?`;
    return { path: ["kind"], message: `is ${show(kind)}, unknown here`, remedy };
  }
  return {
    path: kind === undefined ? [] : ["kind"],
    message: kind === undefined ? "`kind` is missing" : `is ${show(kind)}, unknown here`,
    remedy:
      "Argot reads `kind: ApplicationProtocol`, Istio's WasmPlugin, and plugin configurations, " +
      "which have no kind but `protocol` and `mode`.",
  };
}
