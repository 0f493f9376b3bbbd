import { type DescMessage, fromBinary, fromJson, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { AnySchema, anyUnpack } from "@bufbuild/protobuf/wkt";
import { services } from "../../../gen/services.js";
import { ErrorDetailSchema } from "../../../gen/zitadel/message_pb.js";
import type { RawRequest } from "./raw-http.ts";

export type WireProtocol = "connect" | "grpc" | "grpc-web";

/** A request for an RPC, as a client of the protocol sends it. */
export async function rpcRequest(
  protocol: WireProtocol,
  path: string,
  message: JsonValue,
  headers: Readonly<Record<string, string>>,
): Promise<RawRequest> {
  const schema = await findInput(path);
  const bytes = schema === undefined ? new Uint8Array() : toBinary(schema, fromJson(schema, message));
  if (protocol === "connect") {
    return {
      httpVersion: "2",
      path,
      body: bytes,
      headers: { "content-type": "application/proto", ...headers },
    };
  }
  const framing = protocol === "grpc" ? { te: "trailers" } : {};
  const contentType = `application/${protocol}+proto`;
  return {
    httpVersion: "2",
    path,
    body: frame(bytes),
    headers: { "content-type": contentType, ...framing, ...headers },
  };
}

/** Splits a body of gRPC or gRPC-web into its frames. */
export function frames(body: Buffer): { flags: number; content: Buffer }[] {
  const found = [];
  for (let at = 0; at < body.length; ) {
    const length = body.readUInt32BE(at + 1);
    found.push({ flags: body.readUInt8(at), content: body.subarray(at + 5, at + 5 + length) });
    at += 5 + length;
  }
  return found;
}

/** The id and the message in the details of an error, from `grpc-status-details-bin`. */
export function parseDetail(statusDetails: string | null): { id: string; message: string } | undefined {
  if (statusDetails === null) return undefined;
  const reader = new BinaryReader(Buffer.from(statusDetails, "base64"));
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field !== STATUS_DETAILS) {
      reader.skip(wireType);
      continue;
    }
    const detail = anyUnpack(fromBinary(AnySchema, reader.bytes()), ErrorDetailSchema);
    if (detail !== undefined) return { id: detail.id, message: detail.message };
  }
  return undefined;
}

/** google.rpc.Status.details */
const STATUS_DETAILS = 3;

export function frame(content: Uint8Array): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(content.length, 1);
  return Buffer.concat([head, content]);
}

async function findInput(path: string): Promise<DescMessage | undefined> {
  const [, typeName = "", name] = /([\w.]+)\/(\w+)$/.exec(path) ?? [];
  const leaf = findLeaves(services).find((one) => one.typeName === typeName);
  const service = await leaf?.load();
  return service?.methods.find((method) => method.name === name)?.input;
}

interface Leaf {
  readonly typeName: string;
  load(): Promise<{ methods: readonly { name: string; input: DescMessage }[] }>;
}

function findLeaves(tree: object): Leaf[] {
  return Object.entries(tree).flatMap(([name, value]) =>
    name === "$service" ? [value as Leaf] : findLeaves(value as object),
  );
}
