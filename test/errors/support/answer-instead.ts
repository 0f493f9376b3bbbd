import type { Emulator, HttpResponse } from "../../../src/testing/index.ts";

/** Answers requests in the emulator's place, where `answerTo` has an answer. Returns what takes it back. */
export function answerInstead(
  emulator: Emulator,
  answerTo: (path: string) => HttpResponse | undefined,
): () => void {
  return emulator.intercept(async (request, next) => answerTo(request.path) ?? (await next()));
}
