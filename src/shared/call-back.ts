/**
 * Tells something to a function of the user's, such as a logger or an observer. What it throws, or what the promise
 * that it returns rejects with, is its own concern: it neither fails what it is told about nor ends the process.
 */
export function callBack(tell: () => unknown): void {
  try {
    const told = tell();
    if (isThenable(told)) Promise.resolve(told).catch(() => {});
  } catch {
    // As documented.
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
