import type { DescService } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Call, CallFn } from "../call.ts";
import type { OnTransportEvent } from "../events.ts";
import { faultError, findFailure } from "../faults.ts";
import type { HttpVersionSwitch } from "../http1/http1.ts";
import type { Protocol } from "../network.ts";

/**
 * Zitadel serves its v1 and v3alpha services over gRPC and gRPC-web only. Connect, where available, costs half as much as
 * gRPC.
 */
export function bestOverHttp2({ typeName }: DescService): "connect" | "grpc" {
  return /\.v(1|3alpha)\./.test(typeName) ? "grpc" : "connect";
}

/** The same where HTTP trailers, which gRPC needs, are not available. */
export function bestOverFetch(service: DescService): "connect" | "grpc-web" {
  return bestOverHttp2(service) === "grpc" ? "grpc-web" : "connect";
}

/** The routes that a call can take. */
export interface Routes {
  readonly http2: Readonly<Record<"connect" | "grpc" | "grpc-web", CallFn>>;
  readonly http1: Readonly<Record<"connect" | "grpc-web", CallFn>>;
}

/** Sends each call in the protocol and HTTP version that the options, the server and the proxies in between allow. */
export function createRouter(
  routes: Routes,
  protocol: Protocol,
  httpVersion: HttpVersionSwitch,
  onEvent: OnTransportEvent | undefined,
): CallFn {
  const overHttp1 = http1Route(routes, protocol);
  const overHttp2 = http2Route(routes, protocol, onEvent);
  return withRecognition((call) => httpVersion.run(call, overHttp2, overHttp1));
}

function http1Route({ http1 }: Routes, protocol: Protocol): CallFn {
  if (protocol === "connect") return http1.connect;
  if (protocol !== "grpc") return http1["grpc-web"];
  return noGrpc("gRPC needs HTTP/2");
}

function http2Route({ http2 }: Routes, protocol: Protocol, onEvent: OnTransportEvent | undefined): CallFn {
  if (protocol !== "auto") return http2[protocol];
  const grpc = withGrpcWeb(http2.grpc, http2["grpc-web"], onEvent);
  const connect = withFallback(http2.connect, { to: "grpc", next: grpc }, onEvent);
  return (call) => (bestOverHttp2(call.method.parent) === "grpc" ? grpc(call) : connect(call));
}

/** Sends each call with `fetch`, in the protocol that the options and the server allow. */
export function createFetchRouter(
  calls: Readonly<Record<"connect" | "grpc-web", CallFn>>,
  protocol: Protocol,
  onEvent: OnTransportEvent | undefined,
): CallFn {
  return withRecognition(fetchRoute(calls, protocol, onEvent));
}

function fetchRoute(
  calls: Readonly<Record<"connect" | "grpc-web", CallFn>>,
  protocol: Protocol,
  onEvent: OnTransportEvent | undefined,
): CallFn {
  if (protocol === "grpc") return noGrpc("gRPC needs HTTP trailers, which fetch does not expose");
  if (protocol !== "auto") return calls[protocol];
  const grpcWeb = calls["grpc-web"];
  const connect = withFallback(calls.connect, { to: "grpc-web", next: grpcWeb }, onEvent);
  return (call) => (bestOverFetch(call.method.parent) === "grpc-web" ? grpcWeb(call) : connect(call));
}

function noGrpc(reason: string): CallFn {
  return async () => {
    throw new ConnectError(`${reason}; use gRPC-web instead`, Code.FailedPrecondition);
  };
}

/** Another protocol, and the function that sends calls in it. */
interface Fallback {
  readonly to: "grpc" | "grpc-web";
  readonly next: CallFn;
}

/** Servers that predate Connect serve the same services over gRPC. Detected once for each service. */
function withFallback(
  connect: CallFn,
  { to, next }: Fallback,
  onEvent: OnTransportEvent | undefined,
): CallFn {
  const known = new Map<string, CallFn>();
  const tryBoth: CallFn = async (call) => {
    const service = call.method.parent.typeName;
    try {
      const response = await connect(call);
      known.set(service, connect);
      return response;
    } catch (error) {
      const { fault, unimplemented } = findFailure(error) ?? {};
      if (unimplemented === undefined && fault !== "not-routed") throw error;
    }
    return await proving(next, call, () => {
      known.set(service, next);
      onEvent?.({ type: "protocol-fallback", service, from: "connect", to });
    });
  };
  return (call) => (known.get(call.method.parent.typeName) ?? tryBoth)(call);
}

/**
 * Load balancers and proxies may block gRPC, or drop the trailers it needs. gRPC-web gets through everywhere, and Zitadel
 * supports it. Detected once for all services.
 */
function withGrpcWeb(grpc: CallFn, grpcWeb: CallFn, onEvent: OnTransportEvent | undefined): CallFn {
  let blocked = false;
  let emitted = false;
  const throughWeb: CallFn = (call) =>
    proving(grpcWeb, call, () => {
      blocked = true;
      if (!emitted) onEvent?.({ type: "protocol-fallback", from: "grpc", to: "grpc-web" });
      emitted = true;
    });
  return async (call) => {
    if (blocked) return await throughWeb(call);
    try {
      return await grpc(call);
    } catch (error) {
      const { fault, unprocessed } = findFailure(error) ?? {};
      if (fault !== "grpc-blocked" && fault !== "missing-status") throw error;
      // A call whose status was lost may have been processed; later calls use gRPC-web.
      if (unprocessed !== true && call.repeatable !== true) {
        blocked = true;
        throw error;
      }
      return await throughWeb(call);
    }
  };
}

/** Calls `onProof` once this protocol has been shown to work; an error from the service itself shows that, too. */
async function proving(next: CallFn, call: Call, onProof: () => void): ReturnType<CallFn> {
  try {
    const response = await next(call);
    onProof();
    return response;
  } catch (error) {
    const failure = findFailure(error);
    if (failure?.origin === "server" && failure.unimplemented === undefined) onProof();
    throw error;
  }
}

/**
 * Go proxies respond `404 page not found`, exactly as Zitadel does for an unknown method. Until something has shown that
 * Zitadel is there at all, such a response is attributed to a proxy.
 */
function withRecognition(next: CallFn): CallFn {
  let recognized = false;
  const recognize: CallFn = async (call) => {
    try {
      const response = await next(call);
      recognized = true;
      return response;
    } catch (error) {
      const failure = findFailure(error);
      if (failure?.origin === "server") recognized = true;
      if (recognized || failure?.unimplemented !== "method" || !(error instanceof ConnectError)) throw error;
      const message = `Nothing at this url has responded like Zitadel so far: ${error.rawMessage}`;
      throw faultError("not-routed", message, { cause: error, metadata: error.metadata });
    }
  };
  return (call) => (recognized ? next(call) : recognize(call));
}
