import {
  clone,
  create,
  createFileRegistry,
  type DescExtension,
  type FileRegistry,
  getExtension,
  hasExtension,
  type Message,
  setExtension,
} from "@bufbuild/protobuf";
import {
  isReflectMessage,
  nestedTypes,
  type ReflectMap,
  type ReflectMessage,
  reflect,
} from "@bufbuild/protobuf/reflect";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";

let turn = 0;

/** A list in another order each time. */
export function rotated<T>(list: readonly T[]): T[] {
  if (list.length < 2) return [...list];
  turn += 1;
  const at = turn % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

/** A file whose options, and the entries of all maps in them, are encoded in another order each time. */
export function shuffledOptions(
  file: FileDescriptorProto,
  files: readonly FileDescriptorProto[],
): FileDescriptorProto {
  const copy = clone(FileDescriptorProtoSchema, file);
  const extensions = optionExtensions(files);
  for (const options of optionsIn(copy)) {
    for (const extension of extensions) shuffleMaps(options, extension);
    if (options.$unknown !== undefined) options.$unknown = rotated(options.$unknown);
  }
  return copy;
}

const registries = new WeakMap<readonly FileDescriptorProto[], DescExtension[]>();

function optionExtensions(files: readonly FileDescriptorProto[]): DescExtension[] {
  let extensions = registries.get(files);
  if (extensions === undefined) {
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [...files] }));
    extensions = findExtensions(registry);
    registries.set(files, extensions);
  }
  return extensions;
}

function findExtensions({ files }: FileRegistry): DescExtension[] {
  return [...files].flatMap((file) =>
    [...nestedTypes(file)].filter((desc) => desc.kind === "extension" && desc.message !== undefined),
  ) as DescExtension[];
}

function* optionsIn(descriptor: object): Iterable<Message> {
  for (const [name, value] of Object.entries(descriptor)) {
    if (name === "options" && value !== undefined) yield value as Message;
    else if (Array.isArray(value) && name !== "$unknown") {
      for (const child of value) if (typeof child === "object") yield* optionsIn(child);
    }
  }
}

function shuffleMaps(options: Message, extension: DescExtension): void {
  if (extension.extendee.typeName !== options.$typeName || !hasExtension(options, extension)) return;
  const value = getExtension(options, extension);
  if (extension.fieldKind !== "message") return;
  shuffleMessage(reflect(extension.message, value as Message));
  setExtension(options, extension, value);
}

function shuffleMessage(message: ReflectMessage): void {
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    if (field.fieldKind === "message") shuffleMessage(message.get(field));
    if (field.fieldKind === "map") shuffleEntries(message.get(field));
    if (field.fieldKind !== "list") continue;
    for (const item of message.get(field)) if (isReflectMessage(item)) shuffleMessage(item);
  }
}

function shuffleEntries(map: ReflectMap): void {
  const entries = rotated([...map]);
  map.clear();
  for (const [key, value] of entries) {
    if (isReflectMessage(value)) shuffleMessage(value);
    map.set(key, value);
  }
}
