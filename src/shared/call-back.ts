/**
 * Calls a function of the user's that is told something, such as a logger or an observer. What it throws, or what the
 * promise that it returns rejects with, is its own concern: it neither fails what it is told about nor ends the process.
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
