import type { Call } from "../call.ts";
import type { DialOptions } from "../dial/dial.ts";
import { faultError } from "../faults/fault-error.ts";
import type { UnaryOptions } from "../protocol/unary-options.ts";
import type { Http1Unary } from "./http1-unary.ts";

/**
 * {@link createHttp1Unary}, loaded at the first call: connect-node is large, and most clients never need it.
 */
export function lazyHttp1Unary(
  dial: DialOptions,
  connectTimeoutMs: number,
  options: UnaryOptions,
): Http1Unary {
  let loading: Promise<Http1Unary> | undefined;
  let closed = false;
  const load = async () => {
    const { createHttp1Unary } = await import("./http1-unary.ts");
    const unary = createHttp1Unary(dial, connectTimeoutMs, options);
    if (closed) unary.close();
    return unary;
  };
  const through = (protocol: "connect" | "grpc-web") => async (call: Call) => {
    if (closed) throw faultError("closed", "The connection is closed");
    loading ??= load();
    return await (await loading)[protocol](call);
  };
  return {
    connect: through("connect"),
    "grpc-web": through("grpc-web"),
    close() {
      closed = true;
      void loading?.then((unary) => unary.close());
    },
  };
}
