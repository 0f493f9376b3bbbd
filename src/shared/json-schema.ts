import { findNearest } from "./nearest.ts";

/** The part of JSON Schema that this package's schemas use. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: "string" | "integer" | "boolean" | "array" | "object";
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly items?: JsonSchema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | false;
  /** Such as `#/definitions/user`. */
  readonly $ref?: string;
  /** Only in the outermost schema. */
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
}

/**
 * Describes what is wrong with a value, without quoting it; empty if it is valid. `whole` is the name of the value.
 */
export function findProblems(value: unknown, schema: JsonSchema, whole = "the file"): string[] {
  const { definitions = {} } = schema;
  const resolve = (one: JsonSchema): JsonSchema =>
    one.$ref === undefined ? one : (definitions[one.$ref.replace("#/definitions/", "")] ?? {});
  const visit = (part: unknown, given: JsonSchema, path: string): string[] => {
    const one = resolve(given);
    const at = path === "" ? whole : path;
    const problem = findProblem(part, one);
    if (problem !== undefined) return [`${at} ${problem}`];
    const missing = (one.required ?? []).filter((name) => !hasField(part, name));
    return [
      ...missing.map((name) => `${joinPath(path, name)} is missing`),
      ...toEntries(part).flatMap(([name, member]) => {
        const memberPath = joinPath(path, name);
        const known = one.properties?.[name] ?? one.items ?? one.additionalProperties;
        if (known === false) return [`${memberPath} is not known${suggest(name, one)}`];
        return known === undefined ? [] : visit(member, known, memberPath);
      }),
    ];
  };
  return visit(value, schema, "");
}

/** What is wrong with a value itself, apart from its fields. */
function findProblem(value: unknown, schema: JsonSchema): string | undefined {
  if (schema.type !== undefined && findType(value) !== schema.type) return `must be of type ${schema.type}`;
  if (schema.enum !== undefined && !schema.enum.includes(String(value))) {
    return `must be one of ${schema.enum.join(", ")}`;
  }
  if (schema.minimum !== undefined && Number(value) < schema.minimum)
    return `must be at least ${schema.minimum}`;
  if (schema.maximum !== undefined && Number(value) > schema.maximum)
    return `must be at most ${schema.maximum}`;
  return schema.minLength !== undefined && value === "" ? "must not be empty" : undefined;
}

function joinPath(path: string, name: string | number): string {
  if (typeof name === "number") return `${path}[${name}]`;
  return path === "" ? name : `${path}.${name}`;
}

function suggest(name: string | number, { properties = {} }: JsonSchema): string {
  const nearest = findNearest(String(name), Object.keys(properties));
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}

function findType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (value === null) return "null";
  return Number.isInteger(value) ? "integer" : typeof value;
}

function hasField(value: unknown, name: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name);
}

function toEntries(value: unknown): [string | number, unknown][] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item]);
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}
