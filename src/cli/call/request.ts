import { type DescMethod, fromJson, type JsonObject, type JsonValue, type Message } from "@bufbuild/protobuf";
import { knownTypes } from "../../descriptor/known-types.ts";
import { readOptionFile } from "../../shared/option-file.ts";
import { UsageError } from "../errors.ts";
import type { Terminal } from "../terminal.ts";
import type { FieldOption } from "./field-options.ts";
import { findJsonProblem } from "./json-problem.ts";
import { findSecretText, isSecretText } from "./secret-text.ts";

/** What a command line contains of a request. */
export interface RequestInput {
  /** JSON, `@file` with JSON, or `-` for standard input. */
  readonly text: string | undefined;
  /** The values given for fields, by option name. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly fields: ReadonlyMap<string, FieldOption>;
}

/** Creates the message of a request. Throws a UsageError that names the field, never its value. */
export async function readRequest(
  method: DescMethod,
  given: RequestInput,
  terminal: Terminal,
): Promise<Message> {
  const source = given.text ?? "{}";
  const json = parse(await readText(source, "the request", terminal));
  const message = toMessage(method, await addFields(json, given, terminal));
  const secret = /^(-$|@)/.test(source) ? undefined : findSecretText(method.input, toMessage(method, json));
  if (secret !== undefined) {
    throw new UsageError(
      `${secret} is a secret, and others can see arguments, which shells also store: give the request as @file, or as - for standard input`,
    );
  }
  return message;
}

/** Reads a text that is given directly, in a file or on standard input. */
async function readText(given: string, what: string, { directory, readInput }: Terminal): Promise<string> {
  if (given === "-") return await readInput();
  if (!given.startsWith("@")) return given;
  return readOptionFile({ option: what, path: given.slice(1), directory });
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The rest of the message quotes part of the text.
    const [where = ""] = /\bat position \d+( \(line \d+ column \d+\))?/.exec(String(error)) ?? [];
    const hint =
      text.trim() === ""
        ? ": it is empty"
        : "; put it in single quotes, so that the shell does not change it";
    throw new UsageError(`The request is not JSON ${where}`.trimEnd() + hint);
  }
}

function toMessage({ input }: DescMethod, json: JsonValue): Message {
  try {
    return fromJson(input, json, { registry: knownTypes });
  } catch {
    const problem = findJsonProblem(input, json);
    if (problem === undefined) throw new UsageError(`The request is not JSON of ${input.typeName}`);
    throw new UsageError(`${problem.field === "" ? "The request" : problem.field} ${problem.reason}`);
  }
}

/** Puts the values given by options into the JSON. */
async function addFields(
  json: JsonValue,
  { values, fields }: RequestInput,
  terminal: Terminal,
): Promise<JsonValue> {
  let request = json;
  for (const [name, value] of Object.entries(values)) {
    const field = fields.get(name);
    if (field === undefined || value === undefined) continue;
    const leaf = field.path.at(-1) ?? field.path[0];
    const read = Array.isArray(value)
      ? await Promise.all(value.map((one: string) => readValue(name, leaf, one, terminal)))
      : await readValue(name, leaf, value as string | boolean, terminal);
    request = put(
      request,
      field.path.map(({ jsonName }) => jsonName),
      read,
    );
  }
  return request;
}

type Leaf = FieldOption["path"][number];

async function readValue(
  name: string,
  field: Leaf,
  value: string | boolean,
  terminal: Terminal,
): Promise<JsonValue> {
  if (typeof value === "boolean" || !isSecretText(field)) return toJsonValue(field, value);
  if (!/^(-$|@)/.test(value)) {
    throw new UsageError(
      `--${name} is a secret, and others can see arguments, which shells also store: give @file, or - for standard input`,
    );
  }
  return (await readText(value, `--${name}`, terminal)).replace(/\r?\n$/, "");
}

/** protobuf's JSON accepts strings for numbers, but not for booleans. The end of an enum value's name is enough. */
function toJsonValue({ enum: enumType, message }: Leaf, value: string | boolean): JsonValue {
  if (typeof value === "boolean") return value;
  if (message?.typeName === "google.protobuf.BoolValue" && /^(true|false)$/.test(value))
    return value === "true";
  const named = enumType?.values.filter(({ name }) => `_${name}`.endsWith(`_${value.toUpperCase()}`)) ?? [];
  return named.length === 1 && named[0] !== undefined ? named[0].name : value;
}

function put(json: JsonValue, [name = "", ...rest]: readonly string[], value: JsonValue): JsonValue {
  const object: JsonObject = typeof json === "object" && json !== null && !Array.isArray(json) ? json : {};
  return { ...object, [name]: rest.length === 0 ? value : put(object[name] ?? {}, rest, value) };
}
