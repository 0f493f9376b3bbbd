import type { Interceptor } from "@connectrpc/connect";

/** Tells Acme's gateway which team calls, for its dashboards. */
export function teamHeader(team: string): Interceptor {
  return (next) => async (request) => {
    request.header.set("x-acme-team", team);
    return await next(request);
  };
}
