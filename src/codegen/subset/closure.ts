import type {
  DescEnum,
  DescExtension,
  DescField,
  DescFile,
  DescMessage,
  DescMethod,
  DescService,
} from "@bufbuild/protobuf";

/** A top-level definition of a file. Nested types stay with their message. */
export type TopLevel = DescMessage | DescEnum | DescService | DescExtension;

/** Any definition of a file. */
export function listTopLevelTypes({ messages, enums, services, extensions }: DescFile): TopLevel[] {
  return [...messages, ...enums, ...services, ...extensions];
}

/** The names of the other files that types of a file need, sorted. A type may also come from a public import. */
export function findNeededFiles(
  types: readonly TopLevel[],
  own: DescFile,
  methods: ReadonlySet<DescMethod>,
): string[] {
  const files = new Set(types.flatMap((type) => [...references(type, methods)]).map(({ file }) => file));
  return [...files].flatMap(({ proto: { name } }) => (name === own.proto.name ? [] : [name])).sort();
}

/** Types and everything that they need, transitively. Of the methods of services, only `methods` count. */
export function computeClosure(types: Iterable<TopLevel>, methods: ReadonlySet<DescMethod>): Set<TopLevel> {
  const needed = new Set(types);
  // A set's iterator also visits items added during the iteration.
  for (const type of needed) {
    for (const other of references(type, methods)) needed.add(other);
  }
  return needed;
}

/** The types that a type refers to. */
function* references(type: TopLevel, methods: ReadonlySet<DescMethod>): Iterable<TopLevel> {
  switch (type.kind) {
    case "message":
      yield* ofMessage(type);
      break;
    case "extension":
      yield toTopLevel(type.extendee);
      yield* ofField(type);
      break;
    case "service":
      for (const method of type.methods) {
        if (methods.has(method)) yield* [toTopLevel(method.input), toTopLevel(method.output)];
      }
      break;
  }
}

function* ofMessage(message: DescMessage): Iterable<TopLevel> {
  for (const field of message.fields) yield* ofField(field);
  for (const nested of message.nestedMessages) yield* ofMessage(nested);
  for (const extension of message.nestedExtensions) {
    yield toTopLevel(extension.extendee);
    yield* ofField(extension);
  }
}

function* ofField({ message, enum: enumType }: DescField | DescExtension): Iterable<TopLevel> {
  if (message !== undefined) yield toTopLevel(message);
  if (enumType !== undefined) yield toTopLevel(enumType);
}

function toTopLevel(type: DescMessage | DescEnum): TopLevel {
  return type.parent === undefined ? type : toTopLevel(type.parent);
}
