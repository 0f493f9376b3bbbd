import type { DescEnum, DescField, DescFile, DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import { methodTraits } from "../../descriptor/method-traits.ts";
import { findWellKnownFile } from "../files/well-known.ts";
import { toSymbolKey } from "../symbols.ts";

export type ElementKind = "service" | "rpc" | "message" | "field" | "enum" | "value";

/** A named element of an API. */
export interface Element {
  readonly kind: ElementKind;
  /** The full name. */
  readonly name: string;
  /** The name of its parent; absent for top-level elements. */
  readonly parent?: string | undefined;
  /** The file that it is imported from; set for top-level elements. */
  readonly file?: string | undefined;
  /** Everything that callers depend on, in one line. */
  readonly signature: string;
  readonly deprecated: boolean;
}

/** The elements of an API by a key that survives renaming: fields are identified by their numbers. */
export type Surface = ReadonlyMap<string, Element>;

/** Lists the elements of an API. */
export function toSurface(files: Iterable<DescFile>): Surface {
  const surface = new Map<string, Element>();
  for (const file of files) {
    // protobuf's own come with the runtime.
    if (findWellKnownFile(file.proto.name) !== undefined) continue;
    for (const service of file.services) addService(surface, service);
    for (const message of file.messages) addMessage(surface, message);
    for (const desc of file.enums) addEnum(surface, desc);
  }
  return surface;
}

type Elements = Map<string, Element>;

function addService(elements: Elements, service: DescService): void {
  const { typeName: name, deprecated } = service;
  const file = service.file.proto.name;
  elements.set(toSymbolKey("service", name), { kind: "service", name, file, signature: "", deprecated });
  for (const method of service.methods) {
    const rpc = `${name}.${method.name}`;
    elements.set(toSymbolKey("rpc", rpc), {
      kind: "rpc",
      name: rpc,
      parent: name,
      signature: formatMethodSignature(method),
      deprecated: methodTraits(method).deprecated,
    });
  }
}

function formatMethodSignature(method: DescMethod): string {
  const { access, authenticated, list } = methodTraits(method);
  const [request, response] = [method.proto.clientStreaming, method.proto.serverStreaming].map((streams) =>
    streams ? "stream " : "",
  );
  return [
    `(${request}${method.input.typeName}) → ${response}${method.output.typeName}`,
    access,
    ...(list === undefined ? [] : [`lists ${list.items.name} by ${list.paging?.by ?? "one page"}`]),
    ...(authenticated ? [] : ["no token"]),
  ].join(", ");
}

function addMessage(elements: Elements, message: DescMessage): void {
  const { typeName: name, deprecated } = message;
  const file = message.parent === undefined ? message.file.proto.name : undefined;
  elements.set(toSymbolKey("message", name), { kind: "message", name, file, signature: "", deprecated });
  for (const field of message.fields) {
    elements.set(toSymbolKey("field", name, field.number), {
      kind: "field",
      name: `${name}.${field.name}`,
      parent: name,
      signature: formatFieldSignature(field),
      deprecated: field.deprecated,
    });
  }
  for (const nested of message.nestedMessages) addMessage(elements, nested);
  for (const nested of message.nestedEnums) addEnum(elements, nested);
}

function formatFieldSignature(field: DescField): string {
  const label = { list: "repeated ", map: "map of ", scalar: "", enum: "", message: "" }[field.fieldKind];
  const type = field.message?.typeName ?? field.enum?.typeName ?? ScalarType[field.scalar ?? 0] ?? "";
  const key = field.fieldKind === "map" ? ` by ${ScalarType[field.mapKey]?.toLowerCase()}` : "";
  const oneof = field.oneof === undefined ? "" : ` in ${field.oneof.name}`;
  const name = field.scalar === undefined ? type : type.toLowerCase();
  return `${label}${name}${key} ${field.name} = ${field.number}${oneof}${field.proto.proto3Optional ? " optional" : ""}`;
}

function addEnum(elements: Elements, desc: DescEnum): void {
  const { typeName: name, deprecated } = desc;
  const file = desc.parent === undefined ? desc.file.proto.name : undefined;
  elements.set(toSymbolKey("enum", name), { kind: "enum", name, file, signature: "", deprecated });
  for (const value of desc.values) {
    elements.set(toSymbolKey("value", `${name}.${value.name}`), {
      kind: "value",
      name: `${name}.${value.name}`,
      parent: name,
      signature: `${value.name} = ${value.number}`,
      deprecated: value.deprecated,
    });
  }
}
