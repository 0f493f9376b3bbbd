import type { DescEnum, DescField, DescFile, DescMessage, DescMethod } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import {
  type SourceCodeInfo,
  type SourceCodeInfo_Location,
  SourceCodeInfo_LocationSchema,
  SourceCodeInfoSchema,
} from "@bufbuild/protobuf/wkt";
import { openApiComment } from "./openapi-comments.ts";

/** The documentation of a set of symbols, by {@link symbolKey}: plain text. */
export type Comments = ReadonlyMap<string, string>;

/** Names a documented element: `field zitadel.user.v2.User#3`, `rpc zitadel.user.v2.UserService.ListUsers`. */
export function symbolKey(kind: SymbolKind, typeName: string, number?: number): string {
  return number === undefined ? `${kind} ${typeName}` : `${kind} ${typeName}#${number}`;
}

export type SymbolKind = "message" | "field" | "oneof" | "enum" | "value" | "service" | "rpc";

/** Field numbers of descriptor.proto, which make up the path of a source location. */
const FILE = { message: 4, enum: 5, service: 6 } as const;
const MESSAGE = { field: 2, nested: 3, enum: 4, oneof: 8 } as const;
const ENUM_VALUE = 2;
const SERVICE_METHOD = 2;

/**
 * Source info for a file that has none, made from comments known by symbol, and where there is none, from OpenAPI
 * annotations. Generators and editors read documentation from there. Spans are left empty: nothing here has a
 * position in a source text.
 */
export function sourceInfoOf(file: DescFile, comments: Comments): SourceCodeInfo {
  const location: SourceCodeInfo_Location[] = [];
  const document = (path: number[], key: string, annotated?: DescMessage | DescField | DescMethod): void => {
    const text = comments.get(key) ?? (annotated && openApiComment(annotated));
    if (text === undefined) return;
    const leadingComments = asLeadingComment(text);
    location.push(create(SourceCodeInfo_LocationSchema, { path, span: [0, 0, 0], leadingComments }));
  };
  const visitEnum = (desc: DescEnum, path: number[]): void => {
    document(path, symbolKey("enum", desc.typeName));
    for (const [i, value] of desc.values.entries()) {
      document([...path, ENUM_VALUE, i], symbolKey("value", desc.typeName, value.number));
    }
  };
  const visitMessage = (desc: DescMessage, path: number[]): void => {
    document(path, symbolKey("message", desc.typeName), desc);
    for (const field of desc.fields) {
      const index = desc.proto.field.indexOf(field.proto);
      document([...path, MESSAGE.field, index], symbolKey("field", desc.typeName, field.number), field);
    }
    for (const [i, oneof] of desc.proto.oneofDecl.entries()) {
      document([...path, MESSAGE.oneof, i], symbolKey("oneof", `${desc.typeName}.${oneof.name}`));
    }
    for (const nested of desc.nestedMessages) {
      visitMessage(nested, [...path, MESSAGE.nested, desc.proto.nestedType.indexOf(nested.proto)]);
    }
    for (const [i, nested] of desc.nestedEnums.entries()) {
      visitEnum(nested, [...path, MESSAGE.enum, i]);
    }
  };

  for (const [i, message] of file.messages.entries()) visitMessage(message, [FILE.message, i]);
  for (const [i, desc] of file.enums.entries()) visitEnum(desc, [FILE.enum, i]);
  for (const [i, service] of file.services.entries()) {
    document([FILE.service, i], symbolKey("service", service.typeName));
    for (const [j, method] of service.methods.entries()) {
      const key = symbolKey("rpc", `${service.typeName}.${method.name}`);
      document([FILE.service, i, SERVICE_METHOD, j], key, method);
    }
  }
  return create(SourceCodeInfoSchema, { location });
}

/** The compiler keeps the space that follows `//`, and generators count on it. */
function asLeadingComment(text: string): string {
  return `${text.replace(/^(?=.)/gm, " ")}\n`;
}
