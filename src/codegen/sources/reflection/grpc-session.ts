import type { OpenedSession } from "../../../transport/http2/open-session.ts";
import { CodegenError } from "../../errors.ts";

/** The connection type of connect-node. */
export type SessionManager = NonNullable<
  Parameters<typeof import("@connectrpc/connect-node").createGrpcTransport>[0]["sessionManager"]
>;
type Http2Stream = ReturnType<OpenedSession["http2"]["request"]>;
type Metadata = Readonly<Record<string, unknown>>;

/** The response is not gRPC, although Zitadel itself always responds in gRPC. */
export class NoGrpcError extends CodegenError {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "NoGrpcError";
  /** The HTTP status. */
  readonly status: unknown;

  constructor(status: unknown) {
    const otherwise = status === 404 ? "gRPC server reflection is not served there" : "it is not Zitadel";
    super(
      `it does not respond in gRPC (HTTP ${status}): a proxy or load balancer in between does not forward gRPC, or ${otherwise}`,
    );
    this.status = status;
  }
}

/**
 * Our own connection for connect-node's calls, with support for proxies and certificates. It also observes the
 * responses: if one is not gRPC, or lacks its trailers, connect-node's errors do not say that something in between is
 * at fault.
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
    // Nothing to do: the connection is open only while it is needed, and sends no pings.
  }

  /** The error that describes what breaks gRPC in between, if that is why a call failed. */
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
      : new CodegenError("its response has no gRPC status: a proxy in between drops HTTP trailers");
  }
}
