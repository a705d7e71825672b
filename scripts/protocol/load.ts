/** From files to models, with every mistake in them. */
import { readFileSync } from "node:fs";
import { messageOf, UserError } from "../cli/error.js";
import { checkProtocol, checkTogether, type Placed } from "./checks.js";
import { checkPlugin, type PluginConfiguration } from "./checks-plugin.js";
import { toProtocol, type Model, type RawDocument } from "./model.js";
import { formatProblem, type Finding, type Problem } from "./problem.js";
import { checkSchema } from "./schema.js";
import { parseSource, type SourceDocument } from "./source.js";

export interface Loaded {
  /** The `ApplicationProtocol` documents; sound only if there are no problems. */
  model: Model;
  /** How many of the documents are plugin configurations. */
  plugins: number;
  problems: Problem[];
}

/** A file that has mistakes; the message lists them all. */
export class ProblemsError extends UserError {
  constructor(readonly problems: Problem[]) {
    super(problems.map(formatProblem).join("\n"));
  }
}

/**
 * The documents of a file that can be used, and what is wrong with the others.
 * @throws UserError if the file can't be read
 */
export function load(file: string): Loaded {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const remedy = "Check the path and the permissions.";
    throw new UserError(`can't be read (${messageOf(cause)})`, { file, remedy, cause });
  }
  return loadText(file, text);
}

/** Like `load`, for text that is at hand; `file` names it in problems. */
export function loadText(file: string, text: string): Loaded {
  const { documents, problems } = parseSource(file, text);
  if (documents.length === 0 && problems.length === 0) {
    const remedy = "Write an `ApplicationProtocol`, e.g. as in envoy/examples/greeter.yaml.";
    problems.push({ file, line: 1, column: 1, field: "", message: "is empty", remedy });
  }
  const placed: Placed[] = [];
  let plugins = 0;
  documents.forEach((document, index) => {
    const { findings, protocol, isPlugin } = check(document);
    problems.push(...findings.map((finding) => document.place(finding)));
    if (protocol !== undefined) placed.push({ index, protocol });
    if (isPlugin) plugins++;
  });
  for (const { index, finding } of checkTogether(placed)) {
    problems.push(documents[index]!.place(finding));
  }
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return { model: placed.map(({ protocol }) => protocol), plugins, problems };
}

/**
 * The model of a file, complete enough to run an Envoy from it.
 * @throws ProblemsError with every mistake
 */
export function loadForEnvoy(file: string): Model {
  const { model, problems, plugins } = load(file);
  if (problems.length > 0) throw new ProblemsError(problems);
  if (plugins > 0) {
    throw new UserError("holds a plugin configuration", {
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
  protocol?: Model[number];
  isPlugin?: boolean;
}

function check({ value }: SourceDocument): Checked {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const remedy = "Write `apiVersion: argot.dev/v1` and `kind: ApplicationProtocol`.";
    return { findings: [{ path: [], message: "must be a map of fields", remedy }] };
  }
  if (!("kind" in value) && "protocol" in value && "mode" in value) {
    const findings = checkSchema("plugin", value);
    if (findings.length > 0) return { findings, isPlugin: true };
    return { findings: checkPlugin(value as PluginConfiguration), isPlugin: true };
  }
  const kind = "kind" in value ? value.kind : undefined;
  if (kind !== "ApplicationProtocol") return { findings: [unknownKind(kind)] };
  const wrong = checkSchema("ApplicationProtocol", value);
  const findings = [...wrong, ...checkProtocol(value as RawDocument, wrong)];
  if (wrong.length > 0) return { findings };
  return { findings, protocol: toProtocol(value as RawDocument) };
}

function unknownKind(kind: unknown): Finding {
  return {
    path: kind === undefined ? [] : ["kind"],
    message: kind === undefined ? "`kind` is missing" : `is ${JSON.stringify(kind)}, unknown here`,
    remedy:
      "Argot reads `kind: ApplicationProtocol` of argot.dev/v1, and plugin configurations, which have no kind but `protocol` and `mode`.",
  };
}
