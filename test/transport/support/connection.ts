import type { Transport } from "@connectrpc/connect";
import {
  type Connection,
  type ConnectionOptions,
  createConnection,
} from "../../../src/transport/connection.ts";
import type { LayerOptions } from "../../../src/transport/transport-options.ts";

/** A connection with a transport over it. */
export type Connected = Connection & { readonly transport: Transport };

/** A connection with defaults for everything that a test does not set. */
export function connectTo(
  origin: string,
  { interceptors = [], aroundAttempts, ...options }: Partial<ConnectionOptions & LayerOptions> = {},
): Connected & Disposable {
  const connection = createConnection({
    origin,
    protocol: "auto",
    httpVersion: "auto",
    headers: new Headers(),
    tls: {},
    proxy: "none",
    ...options,
  });
  const transport = connection.createTransport({ interceptors, aroundAttempts });
  return { ...connection, transport, [Symbol.dispose]: () => connection.close() };
}
