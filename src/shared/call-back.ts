/**
 * Calls a user's callback, such as a logger or an observer. If it throws, or returns a promise that rejects, the operation
 * does not fail, and the process does not end.
 */
export function callBack<T>(callback: () => T): T | undefined {
  try {
    const result = callback();
    if (isThenable(result)) Promise.resolve(result).catch(() => {});
    return result;
  } catch {
    return undefined;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
