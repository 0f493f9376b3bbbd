import type { DescEnum, DescField, DescFile, DescMessage, DescMethod } from "@bufbuild/protobuf";

export type SymbolKind = "message" | "field" | "oneof" | "enum" | "value" | "service" | "rpc";

/** The key of a documented element: `field zitadel.user.v2.User#3`, `rpc zitadel.user.v2.UserService.ListUsers`. */
export function toSymbolKey(kind: SymbolKind, typeName: string, number?: number): string {
  return number === undefined ? `${kind} ${typeName}` : `${kind} ${typeName}#${number}`;
}

/** An element of a file that may have documentation. */
export interface FileSymbol {
  readonly key: string;
  /** Its path in source info: field numbers of descriptor.proto and indexes. */
  readonly path: number[];
  /** Set for elements that may have an OpenAPI annotation. */
  readonly annotated?: DescMessage | DescField | DescMethod | undefined;
}

/** Field numbers of descriptor.proto, which make up the path of a source location. */
const FILE = { message: 4, enum: 5, service: 6 } as const;
const MESSAGE = { field: 2, nested: 3, enum: 4, oneof: 8 } as const;
const ENUM_VALUE = 2;
const SERVICE_METHOD = 2;

/** All elements of a file, parents first. */
export function* listSymbols(file: DescFile): Iterable<FileSymbol> {
  for (const [i, message] of file.messages.entries()) yield* ofMessage(message, [FILE.message, i]);
  for (const [i, desc] of file.enums.entries()) yield* ofEnum(desc, [FILE.enum, i]);
  for (const [i, service] of file.services.entries()) {
    const path = [FILE.service, i];
    yield { key: toSymbolKey("service", service.typeName), path };
    for (const [j, method] of service.methods.entries()) {
      const key = toSymbolKey("rpc", `${service.typeName}.${method.name}`);
      yield { key, path: [...path, SERVICE_METHOD, j], annotated: method };
    }
  }
}

function* ofMessage(message: DescMessage, path: number[]): Iterable<FileSymbol> {
  const { typeName, proto } = message;
  yield { key: toSymbolKey("message", typeName), path, annotated: message };
  for (const field of message.fields) {
    const index = proto.field.indexOf(field.proto);
    const key = toSymbolKey("field", typeName, field.number);
    yield { key, path: [...path, MESSAGE.field, index], annotated: field };
  }
  for (const [i, oneof] of proto.oneofDecl.entries()) {
    yield { key: toSymbolKey("oneof", `${typeName}.${oneof.name}`), path: [...path, MESSAGE.oneof, i] };
  }
  for (const nested of message.nestedMessages) {
    yield* ofMessage(nested, [...path, MESSAGE.nested, proto.nestedType.indexOf(nested.proto)]);
  }
  for (const [i, nested] of message.nestedEnums.entries()) yield* ofEnum(nested, [...path, MESSAGE.enum, i]);
}

function* ofEnum(desc: DescEnum, path: number[]): Iterable<FileSymbol> {
  yield { key: toSymbolKey("enum", desc.typeName), path };
  for (const [i, value] of desc.values.entries()) {
    const key = toSymbolKey("value", desc.typeName, value.number);
    yield { key, path: [...path, ENUM_VALUE, i] };
  }
}
