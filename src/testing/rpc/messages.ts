import {
  type DescMessage,
  fromBinary,
  fromJson,
  type Message,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { InputProblem } from "../../input/input-problem.ts";
import { createMessage } from "../../input/message-reader.ts";
import type { Payload } from "./protocol.ts";

/** Decodes a request. Throws the server's error if that fails. */
export function decodeMessage(schema: DescMessage, { bytes, binary }: Payload): Message {
  try {
    return binary
      ? fromBinary(schema, bytes)
      : fromJson(schema, JSON.parse(Buffer.from(bytes).toString("utf8")), { ignoreUnknownFields: true });
  } catch (cause) {
    const reason = binary
      ? "cannot parse invalid wire-format data"
      : `syntax error: ${(cause as Error).message}`;
    const text = `unmarshal message: unmarshal into *${toGoType(schema)}: proto: ${reason}`;
    throw new ConnectError(text, Code.InvalidArgument, undefined, undefined, cause);
  }
}

/** Encodes a handler's result: a message, or its fields. */
export function encodeMessage(schema: DescMessage, value: unknown, binary: boolean): Uint8Array {
  const message = createMessage(schema, value as object | undefined);
  if (message instanceof InputProblem) {
    throw new TypeError(`its response cannot be encoded: ${message.property || "it"} ${message.reason}`);
  }
  return binary ? toBinary(schema, message) : Buffer.from(toJsonString(schema, message));
}

/** The Go name of a type, for the server's error messages. The package is without its version. */
function toGoType(schema: DescMessage): string {
  const { package: path } = schema.file.proto;
  const name = schema.typeName.slice(path.length + 1).replaceAll(".", "_");
  return `${path
    .replace(/\.v\d\w*$/, "")
    .split(".")
    .at(-1)}.${name}`;
}
