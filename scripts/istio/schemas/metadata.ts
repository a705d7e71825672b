/** What every resource of Kubernetes has: metadata with a name. */
import { isMap } from "../../protocol/maps.js";
import type { Finding, Path } from "../../protocol/problem.js";
import { suggestField } from "../../protocol/schema.js";
import { show } from "../../protocol/wording.js";

/** The fields of ObjectMeta, in k8s.io/apimachinery/pkg/apis/meta/v1/types.go. */
const fields = [
  ...["name", "generateName", "namespace", "labels", "annotations", "finalizers"],
  ...["ownerReferences", "uid", "resourceVersion", "generation", "managedFields", "selfLink"],
  ...["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"],
];

/** A DNS subdomain, RFC 1123. */
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** What is wrong with a resource's metadata. */
export function checkMetadata(resource: object): Finding[] {
  const metadata = "metadata" in resource ? resource.metadata : undefined;
  if (!isMap(metadata)) {
    const path = metadata === undefined ? [] : ["metadata"];
    const message = metadata === undefined ? "`metadata` is missing" : "must be a map of fields";
    return [
      { path, message, remedy: "Write e.g. `metadata: {name: greeter, namespace: default}`." },
    ];
  }
  const found: Finding[] = Object.keys(metadata)
    .filter((name) => !fields.includes(name))
    .map((name) => ({
      path: ["metadata", name],
      onKey: true,
      message: "is a field that metadata does not have",
      remedy: suggestField(name, fields),
    }));
  const { name, namespace, labels, annotations } = metadata;
  if (name === undefined && metadata.generateName === undefined) {
    found.push({ path: ["metadata"], message: "`name` is missing", remedy: "Add it." });
  }
  if (name !== undefined && !(typeof name === "string" && NAME.test(name) && name.length <= 253)) {
    found.push(misnamed(["metadata", "name"], name));
  }
  const isSpace = typeof namespace === "string" && NAME.test(namespace) && namespace.length <= 63;
  if (namespace !== undefined && !(isSpace && !namespace.includes("."))) {
    found.push(misnamed(["metadata", "namespace"], namespace));
  }
  return [...found, ...checkTexts(labels, "labels"), ...checkTexts(annotations, "annotations")];
}

function misnamed(path: Path, value: unknown): Finding {
  const remedy = "Write lower case letters, digits and `-`, with a letter or digit at both ends.";
  return { path, message: `is ${show(value)}, which is no name in Kubernetes`, remedy };
}

function checkTexts(values: unknown, name: string): Finding[] {
  const path = ["metadata", name];
  if (values === undefined || values === null) return [];
  const remedy = "Write a map of names to text, numbers in quotes.";
  if (!isMap(values)) return [{ path, message: "must be a map of fields", remedy }];
  return Object.entries(values)
    .filter(([, value]) => typeof value !== "string")
    .map(([key, value]) => ({
      path: [...path, key],
      message: `must be text, but is ${show(value)}`,
      remedy,
    }));
}
