/**
 * Calls a user's callback, such as a logger or an observer. If it throws, or returns a promise that rejects, that neither
 * fails the operation nor ends the process.
 */
export function callBack<T>(tell: () => T): T | undefined {
  try {
    const told = tell();
    if (isThenable(told)) Promise.resolve(told).catch(() => {});
    return told;
  } catch {
    return undefined;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
