/** Istio's resources: which kinds each version has, and what each may hold. */
import { readData } from "./data.js";
import { SchemaChecker, type SchemaFinding } from "./schema-check.js";
import { isOlder, istioVersions, type IstioVersion } from "./versions.js";

/**
 * A JSON Schema in the form that update/crds.ts brings Istio's into: a subset of the standard's
 * keywords, and three of our own.
 */
export interface Schema {
  /** This schema is that one of `schemas`. */
  $ref?: number;
  type?: string | string[];
  nullable?: boolean;
  enum?: string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | false;
  required?: string[];
  /** Of the fields of each group at most one is there. */
  atMostOne?: string[][];
  /** No two items have the same values of these fields. */
  uniqueBy?: string[];
  /** Numbers of rules that hold. */
  rules?: number[];
}

/** data/istio.json.br */
export interface ResourceSchemas {
  /** By kind and apiVersion: which of `schemas` holds from which version of Istio on. */
  kinds: Record<string, Record<string, Partial<Record<IstioVersion, number>>>>;
  /** Rules in CEL, Kubernetes' expression language. */
  rules: { rule: string; message: string }[];
  schemas: Schema[];
}

let data: ResourceSchemas | undefined;

function resources(): ResourceSchemas {
  return (data ??= readData("istio.json.br") as ResourceSchemas);
}

/** All kinds of Istio's resources, of all versions. */
export function resourceKinds(): string[] {
  return Object.keys(resources().kinds);
}

/** The apiVersions of a kind that `version` has. */
export function apiVersionsOf(kind: string, version: IstioVersion): string[] {
  const all = Object.keys(resources().kinds[kind] ?? {});
  return all.filter((apiVersion) => schemaOf(kind, apiVersion, version) !== undefined);
}

/** The first version of Istio that has the kind. */
export function firstVersionOf(kind: string): IstioVersion | undefined {
  return istioVersions.find((version) => apiVersionsOf(kind, version).length > 0);
}

/** All the rules that some schema names. */
export function allRules(): readonly { rule: string; message: string }[] {
  return resources().rules;
}

/**
 * What the schema finds wrong with a resource whose kind and apiVersion `version` has.
 * @param see where the kind is documented
 */
export function checkSchema(
  [kind, apiVersion]: readonly [string, string],
  version: IstioVersion,
  resource: object,
  see: string,
): SchemaFinding[] {
  const schema = schemaOf(kind, apiVersion, version);
  if (schema === undefined) throw new Error(`${apiVersion} ${kind} is not in Istio ${version}`);
  const checker = new SchemaChecker(resources(), `Istio ${version}`, see);
  checker.check(schema, resource, []);
  return checker.findings;
}

function schemaOf(kind: string, apiVersion: string, version: IstioVersion): Schema | undefined {
  const { kinds, schemas } = resources();
  let place: number | undefined;
  for (const [from, number] of Object.entries(kinds[kind]?.[apiVersion] ?? {})) {
    if (!isOlder(version, from)) place = number;
  }
  return place === undefined ? undefined : schemas[place];
}
