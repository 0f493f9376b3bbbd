import type {
  DescEnum,
  DescExtension,
  DescField,
  DescFile,
  DescMessage,
  DescMethod,
  DescService,
} from "@bufbuild/protobuf";

/** What stands in a file by itself. Nested types stay with the message that they are in. */
export type TopLevel = DescMessage | DescEnum | DescService | DescExtension;

/** What stands in a file. */
export function topLevelTypes({ messages, enums, services, extensions }: DescFile): TopLevel[] {
  return [...messages, ...enums, ...services, ...extensions];
}

/** The names of the files that types of a file need besides it, sorted. A type may also be in a file that an import makes public. */
export function neededFiles(
  types: readonly TopLevel[],
  own: DescFile,
  methods: ReadonlySet<DescMethod>,
): string[] {
  const files = new Set(types.flatMap((type) => [...references(type, methods)]).map(({ file }) => file));
  return [...files].flatMap(({ proto: { name } }) => (name === own.proto.name ? [] : [name])).sort();
}

/** Types and all that they need, transitively; of services only `methods` count. */
export function closure(types: Iterable<TopLevel>, methods: ReadonlySet<DescMethod>): Set<TopLevel> {
  const needed = new Set(types);
  // A set's iterator also visits what is added on the way.
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
      yield topLevel(type.extendee);
      yield* ofField(type);
      break;
    case "service":
      for (const method of type.methods) {
        if (methods.has(method)) yield* [topLevel(method.input), topLevel(method.output)];
      }
      break;
  }
}

function* ofMessage(message: DescMessage): Iterable<TopLevel> {
  for (const field of message.fields) yield* ofField(field);
  for (const nested of message.nestedMessages) yield* ofMessage(nested);
  for (const extension of message.nestedExtensions) {
    yield topLevel(extension.extendee);
    yield* ofField(extension);
  }
}

function* ofField({ message, enum: enumType }: DescField | DescExtension): Iterable<TopLevel> {
  if (message !== undefined) yield topLevel(message);
  if (enumType !== undefined) yield topLevel(enumType);
}

function topLevel(type: DescMessage | DescEnum): TopLevel {
  return type.parent === undefined ? type : topLevel(type.parent);
}
