import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { Interceptor } from "@connectrpc/connect";

const HEADER = "x-acme-correlation-id";

const current = new AsyncLocalStorage<string>();

/** Runs a piece of work, such as the handling of a request; all calls within it carry the id. */
export function withCorrelationId<T>(id: string, work: () => T): T {
  return current.run(id, work);
}

/** Ties a call to the request that it was made for. A call outside of any request gets a new id. */
export const correlation: Interceptor = (next) => (request) => {
  request.header.set(HEADER, current.getStore() ?? randomUUID());
  return next(request);
};
