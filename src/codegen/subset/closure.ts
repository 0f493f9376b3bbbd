import type {
  DescEnum,
  DescExtension,
  DescField,
  DescMessage,
  DescMethod,
  DescService,
} from "@bufbuild/protobuf";

/** What stands in a file by itself. Nested types stay with the message that they are in. */
export type TopLevel = DescMessage | DescEnum | DescService | DescExtension;

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
export function* references(type: TopLevel, methods: ReadonlySet<DescMethod>): Iterable<TopLevel> {
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
