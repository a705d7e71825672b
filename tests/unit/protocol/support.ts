/** What the tests of scripts/protocol share. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../scripts/cli/paths.js";
import { loadText } from "../../../scripts/protocol/load.js";
import type { ApplicationProtocol, Model } from "../../../scripts/protocol/model.js";
import { formatProblem } from "../../../scripts/protocol/problem.js";

const EXAMPLES = join("envoy", "examples");

/** The example documents, relative to the project. */
export const examples = readdirSync(join(packageRoot, EXAMPLES))
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => join(EXAMPLES, name));

/** A document of one service with this spec, as an object that tests may change. */
export function document(spec: object, service: object = {}): object {
  return {
    apiVersion: "argot.dev/v1",
    kind: "ApplicationProtocol",
    metadata: { name: "greeter" },
    spec: {
      protocol: "dubbo",
      ...spec,
      services: [
        {
          host: "greeter.example",
          port: 20880,
          subsets: [
            { name: "v1", endpoints: ["127.0.0.1:20881"] },
            { name: "v2", endpoints: ["127.0.0.1:20882"] },
          ],
          ...service,
        },
      ],
    },
  };
}

/** Mistakes of a document, as `field: message. remedy`, without the place in the file. */
export function mistakes(value: unknown): string[] {
  const { problems } = loadText("test.yaml", JSON.stringify(value));
  return problems.map((problem) => formatProblem(problem).replace(/^test\.yaml:\d+:\d+: /, ""));
}

/** The model of documents that must be right. */
export function modelOf(...values: object[]): Model {
  const text = values.map((value) => JSON.stringify(value)).join("\n---\n");
  const { model, problems } = loadText("test.yaml", text);
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join("\n"));
  return model;
}

export function protocolOf(spec: object, service: object = {}): ApplicationProtocol {
  const [protocol] = modelOf(document(spec, service));
  if (protocol === undefined) throw new Error("there is no document");
  return protocol;
}
