import { Code, ConnectError } from "@connectrpc/connect";
import type { CallFn } from "../call.ts";
import { HttpVersionError } from "../dial/http-version-error.ts";
import type { OnTransportEvent } from "../events.ts";
import { failureOf } from "../faults/failure.ts";
import { bestOverHttp2, type HttpVersion, type Protocol } from "./protocol.ts";

/** The ways that a call can take. */
export interface Routes {
  readonly http2: Readonly<Record<"connect" | "grpc", CallFn>>;
  readonly http1: Readonly<Record<"connect" | "grpc-web", CallFn>>;
}

/** Sends each call the way that the options and the server want. */
export function createRouter(
  routes: Routes,
  protocol: Protocol,
  httpVersion: HttpVersion,
  onEvent: OnTransportEvent | undefined,
): CallFn {
  const overHttp1 = http1Route(routes, protocol);
  if (httpVersion === "1.1" || protocol === "grpc-web") return overHttp1;
  const overHttp2 = http2Route(routes, protocol, onEvent);
  if (httpVersion === "2") return overHttp2;
  let http1Only = false;
  return async (call) => {
    if (http1Only) return await overHttp1(call);
    try {
      return await overHttp2(call);
    } catch (error) {
      // The handshake said so: nothing has been sent yet.
      if (!(error instanceof ConnectError && error.cause instanceof HttpVersionError)) throw error;
      http1Only = true;
      return await overHttp1(call);
    }
  };
}

function http1Route({ http1 }: Routes, protocol: Protocol): CallFn {
  if (protocol === "connect") return http1.connect;
  if (protocol !== "grpc") return http1["grpc-web"];
  return async () => {
    throw new ConnectError("gRPC needs HTTP/2; over HTTP/1.1 there is gRPC-web", Code.FailedPrecondition);
  };
}

function http2Route({ http2 }: Routes, protocol: Protocol, onEvent: OnTransportEvent | undefined): CallFn {
  if (protocol === "connect" || protocol === "grpc") return http2[protocol];
  const connect = withFallback(http2.connect, http2.grpc, onEvent);
  return (call) => (bestOverHttp2(call.method.parent) === "grpc" ? http2.grpc(call) : connect(call));
}

/** Servers from before Connect serve over gRPC the same services. Found out once for each. */
function withFallback(connect: CallFn, grpc: CallFn, onEvent: OnTransportEvent | undefined): CallFn {
  const known = new Map<string, CallFn>();
  const tryBoth: CallFn = async (call) => {
    const service = call.method.parent.typeName;
    try {
      const response = await connect(call);
      known.set(service, connect);
      return response;
    } catch (error) {
      if (!isNotServed(error)) throw error;
    }
    const remember = () => {
      known.set(service, grpc);
      onEvent?.({ type: "protocol-fallback", service });
    };
    try {
      const response = await grpc(call);
      remember();
      return response;
    } catch (error) {
      // An error of the service's own proves as well as an answer that it is there.
      if (failureOf(error)?.origin === "server" && !isNotServed(error)) remember();
      throw error;
    }
  };
  return (call) => (known.get(call.method.parent.typeName) ?? tryBoth)(call);
}

function isNotServed(error: unknown): boolean {
  return failureOf(error)?.notServed !== undefined;
}
