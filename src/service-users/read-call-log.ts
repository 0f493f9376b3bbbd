/** The form of an RPC name: `zitadel.user.v2.UserService/GetUserByID`. */
const METHOD = /^[A-Za-z_]\w*(?:\.\w+)+\/\w+$/;

/**
 * Counts from the lines of a log how often each RPC was called. It reads the lines that a client of this package writes
 * to a logger for each call (level `debug`), whatever other fields the logger adds, and those of a {@link CallCounter}.
 * Other lines are ignored.
 */
export async function readCallLog(
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<Map<string, number>> {
  const calls = new Map<string, number>();
  for await (const line of lines) {
    const found = parseLine(line);
    if (found !== undefined) calls.set(found.method, (calls.get(found.method) ?? 0) + found.count);
  }
  return calls;
}

interface CallLine {
  readonly method: string;
  readonly count: number;
}

function parseLine(line: string): CallLine | undefined {
  if (!line.includes("/")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return (
      findCall(value) ??
      listNested(value)
        .map(findCall)
        .find((one) => one !== undefined)
    );
  } catch {
    return undefined;
  }
}

/** The line about a call has the number of its attempts, unlike lines about a single attempt. */
function findCall(value: unknown): CallLine | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { method, count, attempts, status } = value as Readonly<Record<string, unknown>>;
  if (typeof method !== "string" || !METHOD.test(method)) return undefined;
  if (typeof count === "number" && count > 0) return { method, count };
  return typeof attempts === "number" && typeof status === "string" ? { method, count: 1 } : undefined;
}

/** Some loggers put the fields in a nested object. */
function listNested(value: unknown): unknown[] {
  return typeof value === "object" && value !== null ? Object.values(value) : [];
}
