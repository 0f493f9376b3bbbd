import {
  clearField,
  type DescEnum,
  type DescExtension,
  type DescFile,
  type DescMessage,
  type DescService,
  isFieldSet,
  type Message,
} from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FieldOptionsSchema, FileOptionsSchema, MessageOptionsSchema } from "@bufbuild/protobuf/wkt";
import { sortInWireOrder, toFieldForm } from "./wire-order.ts";

/** The extensions that files define for options, by {@link extensionKey}. */
export type OptionExtensions = ReadonlyMap<string, DescExtension>;

/** Finds the extensions of options in files; the first definition wins. */
export function findOptionExtensions(files: Iterable<DescFile>): OptionExtensions {
  const found = new Map<string, DescExtension>();
  for (const file of files) {
    for (const desc of nestedTypes(file)) {
      if (desc.kind === "extension" && extendsOptions(desc)) {
        const key = extensionKey(desc.extendee.typeName, desc.number);
        if (!found.has(key)) found.set(key, desc);
      }
    }
  }
  return found;
}

/** Whether an extension is an option. */
export function extendsOptions({ extendee }: DescExtension): boolean {
  return /^google\.protobuf\.\w+Options$/.test(extendee.typeName);
}

/** Whether files have options that they do not define. */
export function hasUndefinedOptions(files: readonly DescFile[]): boolean {
  const defined = findOptionExtensions(files);
  return files.some((file) =>
    [...optionsIn(file)].some((options) =>
      options?.$unknown?.some(({ no }) => !defined.has(extensionKey(options.$typeName, no))),
    ),
  );
}

function* optionsIn(file: DescFile): Iterable<Message | undefined> {
  yield file.proto.options;
  for (const desc of nestedTypes(file)) {
    yield desc.proto.options;
    for (const { proto } of listMembers(desc)) yield proto.options;
  }
}

function listMembers(desc: DescMessage | DescEnum | DescExtension | DescService): readonly WithOptions[] {
  switch (desc.kind) {
    case "message":
      return [...desc.fields, ...desc.oneofs];
    case "enum":
      return desc.values;
    case "service":
      return desc.methods;
    case "extension":
      return [];
  }
}

interface WithOptions {
  readonly proto: { readonly options?: Message | undefined };
}

/** The package of grpc-gateway's OpenAPI annotations. */
export const OPENAPI_PACKAGE = "grpc.gateway.protoc_gen_openapiv2.options";

/** The field number that all of these annotations share. */
const OPENAPI_NUMBER = 1042;

/** The file options that matter in all languages. All others are for code in other languages. */
const OF_ALL_LANGUAGES = ["deprecated", "features", "uninterpreted_option"];
const FOREIGN: ReadonlyMap<string, readonly string[]> = new Map([
  [
    FileOptionsSchema.typeName,
    FileOptionsSchema.fields.map(({ name }) => name).filter((name) => !OF_ALL_LANGUAGES.includes(name)),
  ],
  [MessageOptionsSchema.typeName, ["no_standard_descriptor_accessor"]],
  [FieldOptionsSchema.typeName, ["ctype", "lazy", "unverified_lazy", "weak"]],
]);

/**
 * Removes from options what callers in TypeScript do not need, and puts the rest in a fixed order. Returns whether
 * anything is left.
 */
export function canonicalizeOptions(
  options: Message,
  schema: DescMessage,
  extensions: OptionExtensions,
): boolean {
  const foreign = FOREIGN.get(schema.typeName) ?? [];
  for (const field of schema.fields) {
    if (foreign.includes(field.name)) clearField(options, field);
    // Features of other languages are extensions of the common features.
    if (field.name === "features") delete getFeatures(options)?.$unknown;
  }
  const findExtension = (number: number) => extensions.get(extensionKey(schema.typeName, number));
  const kept = (options.$unknown ?? []).filter(({ no }) => !isOpenApi(no, findExtension(no)));
  delete options.$unknown;
  if (kept.length > 0)
    options.$unknown = sortInWireOrder(kept, (number) => toFieldForm(findExtension(number)));
  return kept.length > 0 || schema.fields.some((field) => isFieldSet(options, field));
}

/** Whether an option is an OpenAPI annotation. Its texts are documentation, which is kept elsewhere. */
function isOpenApi(number: number, extension: DescExtension | undefined): boolean {
  return number === OPENAPI_NUMBER && (extension?.file.proto.package ?? OPENAPI_PACKAGE) === OPENAPI_PACKAGE;
}

function getFeatures(options: Message & { features?: Message }): Message | undefined {
  return options.features;
}

function extensionKey(options: string, number: number): string {
  return `${options}#${number}`;
}
