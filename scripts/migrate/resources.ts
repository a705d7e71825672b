/** The resources in files: Aeraki's, and those of Kubernetes and Istio beside them. */
import { readText as readFile } from "../cli/file.js";
import type { Path, Problem } from "../protocol/problem.js";
import { parseSource, type SourceDocument } from "../protocol/source.js";
import { Field, isMap, Ledger } from "./field.js";

export interface Resource {
  file: string;
  line: number;
  /** The API group, e.g. `metaprotocol.aeraki.io`; empty for Kubernetes' core. */
  group: string;
  kind: string;
  namespace: string;
  name: string;
  root: Field;
}

export interface Files {
  resources: Resource[];
  problems: Problem[];
}

/** Where a resource without namespace is. */
const DEFAULT_NAMESPACE = "default";

/** @throws UserError if a file can't be read */
export function readFiles(files: readonly string[]): Files {
  const all: Files = { resources: [], problems: [] };
  for (const file of files) {
    const text = readFile(file, "Check the path and the permissions.");
    const { resources, problems } = readText(file, text);
    all.resources.push(...resources);
    all.problems.push(...problems);
  }
  return all;
}

/** Like `readFiles`, for text that is at hand. */
export function readText(file: string, text: string): Files {
  const { documents, problems } = parseSource(file, text);
  const resources = documents.flatMap((document) => resourcesOf(document, document.value, []));
  return { resources, problems };
}

/** A document is a resource, or a List of them, as `kubectl get -o yaml` prints it. */
function resourcesOf(source: SourceDocument, value: unknown, base: Path): Resource[] {
  if (!isMap(value)) return [];
  const { apiVersion, kind, metadata, items } = value;
  if (typeof kind !== "string" || typeof apiVersion !== "string") return [];
  if (kind.endsWith("List") && Array.isArray(items)) {
    return items.flatMap((item, i) => resourcesOf(source, item, [...base, "items", i]));
  }
  const ledger = new Ledger(source, base);
  const { name, namespace } = isMap(metadata) ? metadata : {};
  return [
    {
      file: source.file,
      line: ledger.place([]).line,
      group: apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "",
      kind,
      name: typeof name === "string" ? name : "",
      namespace: typeof namespace === "string" ? namespace : DEFAULT_NAMESPACE,
      root: new Field(ledger, value),
    },
  ];
}

/** What the cluster adds to a resource's metadata. */
const OF_CLUSTER = [
  "creationTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "selfLink",
  "uid",
];
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** The metadata that a migrated resource keeps; notes what it loses. */
export function metadataOf({ root, name, namespace }: Resource): object {
  const metadata = root.at("metadata");
  for (const field of [...OF_CLUSTER.map((each) => metadata.at(each)), root.at("status")]) {
    field.maps("left out: the cluster makes it");
  }
  const lastApplied = metadata.at("annotations", LAST_APPLIED);
  lastApplied.maps("left out: kubectl makes it");
  const annotations = metadata
    .at("annotations")
    .members()
    .filter(([key]) => key !== LAST_APPLIED);
  for (const annotation of annotations.flatMap(([, field]) => field.unmentioned())) {
    annotation.maps("unchanged");
  }
  metadata.at("labels").maps("unchanged");
  return {
    name,
    namespace,
    ...(metadata.at("labels").isSet && { labels: metadata.at("labels").value }),
    ...(annotations.length > 0 && {
      annotations: Object.fromEntries(annotations.map(([key, { value }]) => [key, value])),
    }),
  };
}
