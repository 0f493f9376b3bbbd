import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import type { OptionSpec } from "../command-line.ts";
import { isSecretText } from "./secret-text.ts";
import { formatFieldType, formatValueType, isWellKnown } from "./type-name.ts";

/** A field of a request that has an option. */
export interface FieldOption {
  /** The path from the request to the field. */
  readonly path: readonly [DescField, ...DescField[]];
  readonly spec: OptionSpec;
}

/**
 * The options for the fields of a request: `--user-id`, and for nested fields `--query.limit`, or `--limit` if no other
 * field has that name. Fields within lists and maps have none, nor do fields whose name another option already has.
 */
export function createFieldOptions(
  input: DescMessage,
  reserved: ReadonlySet<string>,
): ReadonlyMap<string, FieldOption> {
  const paths = [...leaves(input, [])];
  const short = Map.groupBy(paths, (path) => toOptionName(path.slice(-1)));
  const options = new Map<string, FieldOption>();
  for (const path of paths) {
    const isOnly = path.length > 1 && short.get(toOptionName(path.slice(-1)))?.length === 1;
    for (const name of [toOptionName(path), ...(isOnly ? [toOptionName(path.slice(-1))] : [])]) {
      if (!reserved.has(name)) options.set(name, { path, spec: toSpec(path.at(-1) ?? path[0]) });
    }
  }
  return options;
}

/** Keeps the options to show: if a field has two, the one with the shorter name. */
export function filterShownOptions(options: ReadonlyMap<string, FieldOption>): Map<string, FieldOption> {
  const byField = new Map([...options].map(([name, { path }]) => [path, name]));
  return new Map([...options].filter(([name, { path }]) => byField.get(path) === name));
}

const DEEPEST = 4;

type Path = FieldOption["path"];

function* leaves(type: DescMessage, above: readonly DescField[]): Generator<Path> {
  for (const field of type.fields) {
    const path: Path = [...above, field] as readonly DescField[] as Path;
    const { message, fieldKind } = field;
    if (fieldKind === "map") continue;
    if (message === undefined || isText(message)) yield path;
    else if (fieldKind === "message" && !isWellKnown(message.typeName) && path.length < DEEPEST) {
      const isWithinItself = path.some(({ parent }) => parent === message);
      if (!isWithinItself) yield* leaves(message, path);
    }
  }
}

/** Whether a message is a string or a number in JSON. */
function isText({ typeName }: DescMessage): boolean {
  return /^google\.protobuf\.(Timestamp|Duration|FieldMask|(?!List)(?!Value)\w+Value)$/.test(typeName);
}

function toOptionName(path: readonly DescField[]): string {
  return path.map(({ name }) => name.toLowerCase().replaceAll("_", "-")).join(".");
}

function toSpec(field: DescField): OptionSpec {
  const group = "Fields of the request";
  const multiple = field.fieldKind === "list";
  if (field.scalar === ScalarType.BOOL && !multiple)
    return { type: "boolean", group, help: "true; --no-… for false" };
  const more = multiple ? "; can be repeated" : "";
  const secret = isSecretText(field) ? "; from a file" : "";
  return {
    type: "string",
    multiple,
    group,
    value: isSecretText(field) ? "@file" : formatValueType(field),
    help: `${formatFieldType(field)}${secret}${more}`,
  };
}
