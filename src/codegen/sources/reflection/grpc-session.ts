import type { OpenedSession } from "../../../transport/http2/open-session.ts";
import { CodegenError } from "../../errors.ts";

/** What connect-node takes for a connection. */
export type SessionManager = NonNullable<
  Parameters<typeof import("@connectrpc/connect-node").createGrpcTransport>[0]["sessionManager"]
>;
type Http2Stream = ReturnType<OpenedSession["http2"]["request"]>;
type Metadata = Readonly<Record<string, unknown>>;

/** What responded is no gRPC: Zitadel itself always responds in it. */
export class NoGrpcError extends CodegenError {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "NoGrpcError";
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

/**
 * A connection of our own, which knows of proxies and certificates, for connect-node's calls. It also hears what came: of
 * a response that is no gRPC, or lacks its trailers, connect-node's errors do not say that something on the way is at
 * fault.
 */
export class GrpcSession implements SessionManager {
  readonly authority: string;
  readonly #http2: OpenedSession["http2"];
  #headers: Metadata | undefined;
  #trailers: Metadata = {};

  constructor({ http2 }: OpenedSession, origin: string) {
    this.#http2 = http2;
    this.authority = origin;
  }

  async request(method: string, path: string, headers: Metadata, options: object): Promise<Http2Stream> {
    const stream = this.#http2.request({ ...headers, ":method": method, ":path": path }, options);
    stream.once("response", (received) => {
      this.#headers = received;
    });
    stream.once("trailers", (received) => {
      this.#trailers = received;
    });
    return stream;
  }

  notifyResponseByteRead(): void {
    // The connection is open for as long as it is needed, and not watched.
  }

  /** What is on the way that breaks gRPC, if a call has failed because of it. */
  fault(): CodegenError | undefined {
    if (this.#headers === undefined) return undefined;
    if (!String(this.#headers["content-type"]).startsWith("application/grpc")) {
      return new NoGrpcError(this.#headers[":status"]);
    }
    const hasStatus = [this.#headers, this.#trailers].some(
      (metadata) => metadata["grpc-status"] !== undefined,
    );
    return hasStatus
      ? undefined
      : new CodegenError("its response has no gRPC status: a proxy on the way drops HTTP trailers");
  }
}
