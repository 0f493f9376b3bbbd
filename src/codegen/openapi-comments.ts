import type { DescField, DescFile, DescMessage, DescMethod } from "@bufbuild/protobuf";
import { bytesField, messageOption } from "../descriptor/option-fields.ts";
import { listSymbols } from "./symbols.ts";

/**
 * Zitadel documents much of its API only in OpenAPI annotations. Their texts are used where there is no comment. The
 * field numbers here are those of grpc-gateway's openapiv2.proto.
 */
const ANNOTATION = 1042;
const OPERATION = { title: 2, description: 3 } as const;
const JSON_SCHEMA = { title: 5, description: 6 } as const;
const SCHEMA_JSON_SCHEMA = 1;

/** The documentation of a file in its OpenAPI annotations. */
export function readOpenApiComments(file: DescFile): Map<string, string> {
  const comments = new Map<string, string>();
  for (const { key, annotated } of listSymbols(file)) {
    const text = annotated && readOpenApiComment(annotated);
    if (text !== undefined) comments.set(key, text);
  }
  return comments;
}

function readOpenApiComment(desc: DescMessage | DescField | DescMethod): string | undefined {
  const annotation = messageOption(desc.proto.options, ANNOTATION);
  switch (desc.kind) {
    case "rpc":
      return toText(annotation, OPERATION);
    case "field":
      return toText(annotation, JSON_SCHEMA);
    case "message":
      return toText(bytesField(annotation, SCHEMA_JSON_SCHEMA), JSON_SCHEMA);
  }
}

function toText(
  annotation: Uint8Array | undefined,
  fields: { readonly title: number; readonly description: number },
): string | undefined {
  const title = readStringField(annotation, fields.title);
  const description = readStringField(annotation, fields.description);
  const texts = description.startsWith(title) ? [description] : [title, description];
  return texts.filter((text) => text !== "").join("\n\n") || undefined;
}

function readStringField(message: Uint8Array | undefined, number: number): string {
  return new TextDecoder().decode(bytesField(message, number)).trim();
}
