import { Code, ConnectError } from "@connectrpc/connect";
import type { OpenedSession } from "../../../transport/http2/open-session.ts";

type Http2Stream = ReturnType<OpenedSession["http2"]["request"]>;
type Metadata = Readonly<Record<string, unknown>>;

/** A message on the wire has a byte of flags and its length in front of it. */
const PREFIX_BYTES = 5;

/** A gRPC call with messages in both directions, which no RPC of Zitadel is: the SDK's transport has none. */
export class GrpcStream {
  readonly #stream: Http2Stream;
  readonly #messages: AsyncGenerator<Uint8Array>;

  /** `path` is that of the RPC, with its slash. Nothing is limited in size: see who reads. */
  constructor({ http2 }: OpenedSession, path: string, headers: Headers, signal: AbortSignal) {
    this.#stream = http2.request(
      {
        ...Object.fromEntries(headers),
        ":method": "POST",
        ":path": path,
        "content-type": "application/grpc+proto",
        te: "trailers",
      },
      { signal },
    );
    this.#messages = receive(this.#stream);
  }

  /** Sends a message. */
  send(message: Uint8Array): void {
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeUInt32BE(message.length, 1);
    this.#stream.write(Buffer.concat([prefix, message]));
  }

  /** The next message; nothing when the server has ended the call. Throws a ConnectError where it has failed. */
  async receive(): Promise<Uint8Array | undefined> {
    const { value, done } = await this.#messages.next();
    return done === true ? undefined : value;
  }

  /** Says that no more is sent. */
  end(): void {
    this.#stream.end();
  }
}

async function* receive(stream: Http2Stream): AsyncGenerator<Uint8Array> {
  let metadata: Metadata = {};
  stream.once("response", (headers) => {
    metadata = headers;
  });
  stream.once("trailers", (trailers) => {
    metadata = { ...metadata, ...trailers };
  });
  let buffer = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (!isGrpc(metadata)) break;
    buffer = Buffer.concat([buffer, chunk]);
    for (let length = lengthOf(buffer); length <= buffer.length; length = lengthOf(buffer)) {
      yield buffer.subarray(PREFIX_BYTES, length);
      buffer = buffer.subarray(length);
    }
  }
  checkStatus(metadata);
}

/** The bytes of the first message and its prefix; infinite where not even the prefix is there. */
function lengthOf(buffer: Buffer): number {
  return buffer.length < PREFIX_BYTES ? Number.POSITIVE_INFINITY : PREFIX_BYTES + buffer.readUInt32BE(1);
}

function isGrpc(metadata: Metadata): boolean {
  return String(metadata["content-type"]).startsWith("application/grpc");
}

function checkStatus(metadata: Metadata): void {
  if (!isGrpc(metadata)) {
    const status = metadata[":status"];
    const code = status === 404 ? Code.Unimplemented : Code.Unknown;
    throw new ConnectError(`HTTP status ${status}, and no gRPC`, code);
  }
  const status = Number(metadata["grpc-status"]);
  if (status !== 0) throw new ConnectError(String(metadata["grpc-message"] ?? ""), status as Code);
}
