import type { Emulator, HttpResponse } from "../../../src/testing/index.ts";

/** Responds in the emulator's place wherever `respond` returns a response. Returns a function that undoes it. */
export function interceptPaths(
  emulator: Emulator,
  respond: (path: string) => HttpResponse | undefined,
): () => void {
  return emulator.intercept(async (request, next) => respond(request.path) ?? (await next()));
}
