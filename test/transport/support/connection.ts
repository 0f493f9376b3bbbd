import {
  type Connection,
  type ConnectionOptions,
  createConnection,
} from "../../../src/transport/connection.ts";

/** A connection with everything that a test does not care about. */
export function connectTo(origin: string, options: Partial<ConnectionOptions> = {}): Connection & Disposable {
  const connection = createConnection({
    origin,
    protocol: "auto",
    httpVersion: "auto",
    headers: new Headers(),
    tls: {},
    interceptors: [],
    proxy: "none",
    ...options,
  });
  return { ...connection, [Symbol.dispose]: () => connection.close() };
}
