import { type Code, ConnectError } from "@connectrpc/connect";
import type { OpenedSession } from "../../../transport/http2/open-session.ts";
import { CodegenError } from "../../errors.ts";

type Http2Stream = ReturnType<OpenedSession["http2"]["request"]>;
type Metadata = Readonly<Record<string, unknown>>;

/** A message on the wire has a byte of flags and its length in front of it. */
const PREFIX_BYTES = 5;

/** What responded is no gRPC: Zitadel itself always responds in it. */
export class NoGrpcError extends CodegenError {
  /** The HTTP status. */
  readonly status: unknown;

  constructor(status: unknown) {
    const otherwise = status === 404 ? "gRPC server reflection is not served there" : "it is no Zitadel";
    super(
      `it does not respond in gRPC (HTTP ${status}): a proxy or load balancer on the way does not pass gRPC on, or ${otherwise}`,
    );
    this.status = status;
  }
}

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

  /**
   * The next message; nothing when the server has ended the call. Where it has failed, throws a ConnectError with the
   * server's own words, or a CodegenError about what is on the way.
   */
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
  if (!isGrpc(metadata)) throw new NoGrpcError(metadata[":status"]);
  if (metadata["grpc-status"] === undefined) {
    throw new CodegenError("its response has no gRPC status: a proxy on the way drops HTTP trailers");
  }
  const status = Number(metadata["grpc-status"]);
  if (status !== 0) throw new ConnectError(String(metadata["grpc-message"] ?? ""), status as Code);
}
