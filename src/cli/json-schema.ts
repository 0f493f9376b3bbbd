/** The part of JSON Schema that zitadel-connect.schema.json uses. */
export interface JsonSchema {
  readonly type: "string" | "integer" | "array" | "object";
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | false;
}

/** What is wrong with a value, each in a few words; nothing when it is valid. */
export function problemsOf(value: unknown, schema: JsonSchema, path = ""): string[] {
  const at = path === "" ? "the file" : path;
  if (typeOf(value) !== schema.type) return [`${at} must be of type ${schema.type}`];
  if (schema.enum !== undefined && !schema.enum.includes(String(value))) {
    return [`${at} must be one of ${schema.enum.join(", ")}`];
  }
  if (schema.minimum !== undefined && Number(value) < schema.minimum) {
    return [`${at} must be at least ${schema.minimum}`];
  }
  return [...entriesOf(value)].flatMap(([name, member]) => {
    const of = path === "" ? name : `${path}.${name}`;
    const known = schema.properties?.[name] ?? schema.items ?? schema.additionalProperties;
    return known === undefined || known === false ? [`${of} is not known`] : problemsOf(member, known, of);
  });
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (value === null) return "null";
  return Number.isInteger(value) ? "integer" : typeof value;
}

function entriesOf(value: unknown): Iterable<[string, unknown]> {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}
