import type { DescFile, DescMessage, Message, Registry } from "@bufbuild/protobuf";

/**
 * The files of the services that have clients. Held weakly, since services may be created again and again from server
 * reflection.
 */
const files = new Set<WeakRef<DescFile>>();
const remembered = new WeakSet<DescFile>();

/** The messages of a file and of all files that it imports, by name. Created on demand. */
const messages = new WeakMap<DescFile, ReadonlyMap<string, DescMessage>>();

/** Remembers the types of a service: a message only has the name of its type, which is looked up here later. */
export function rememberTypes(file: DescFile): void {
  if (remembered.has(file)) return;
  remembered.add(file);
  files.add(new WeakRef(file));
}

/** The type of a message, if a client knows it. */
export function findType(message: Message): DescMessage | undefined {
  const types = typesNamed(message.$typeName);
  // Several versions of an API may have a type of this name.
  return types.find((type) => types.length === 1 || isOfType(message, type)) ?? types[0];
}

/** All types that clients know, for messages in a `google.protobuf.Any`. */
export const knownTypes: Registry = {
  kind: "registry",
  get: (typeName) => typesNamed(typeName)[0],
  getMessage: (typeName) => typesNamed(typeName)[0],
  getEnum: () => undefined,
  getExtension: () => undefined,
  getExtensionFor: () => undefined,
  getService: () => undefined,
  *[Symbol.iterator]() {
    for (const file of knownFiles()) yield* listMessages(file).values();
  },
};

function typesNamed(typeName: string): DescMessage[] {
  const types = new Set<DescMessage>();
  for (const file of knownFiles()) {
    const type = listMessages(file).get(typeName);
    if (type !== undefined) types.add(type);
  }
  return [...types];
}

function* knownFiles(): Generator<DescFile, undefined> {
  for (const ref of files) {
    const file = ref.deref();
    if (file === undefined) files.delete(ref);
    else yield file;
  }
  return undefined;
}

function listMessages(file: DescFile): ReadonlyMap<string, DescMessage> {
  let known = messages.get(file);
  if (known === undefined) {
    known = new Map(allMessages(file, new Set()).map((type) => [type.typeName, type]));
    messages.set(file, known);
  }
  return known;
}

function allMessages(file: DescFile, seen: Set<DescFile>): DescMessage[] {
  if (seen.has(file)) return [];
  seen.add(file);
  return [
    ...file.messages.flatMap(withNested),
    ...file.dependencies.flatMap((other) => allMessages(other, seen)),
  ];
}

function withNested(type: DescMessage): DescMessage[] {
  return [type, ...type.nestedMessages.flatMap(withNested)];
}

/** Whether a message has all fields of a type, and no others; optional ones may be absent. */
function isOfType(message: Message, type: DescMessage): boolean {
  const names = new Set(type.members.map(({ localName }) => localName));
  return (
    Object.keys(message).every((key) => key.startsWith("$") || names.has(key)) &&
    type.members.every((member) => member.localName in message || isOptional(member))
  );
}

/** google.protobuf.FeatureSet.FieldPresence.IMPLICIT, for fields that always have a value. */
const IMPLICIT = 2;

function isOptional(member: DescMessage["members"][number]): boolean {
  if (member.kind === "oneof" || member.fieldKind === "list" || member.fieldKind === "map") return false;
  return member.fieldKind === "message" || member.presence !== IMPLICIT;
}
