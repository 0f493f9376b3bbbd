/** The longest text that is taken from what was thrown, in characters. */
const MAX_TEXT = 10_000;

/** What can be said of something that was thrown. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly cause: unknown;
}

/**
 * Reads what was thrown. Anything can be: objects without a prototype, proxies, errors whose properties throw. This never
 * throws itself, and takes no more of a text than anybody reads.
 */
export function readThrown(thrown: unknown): Thrown {
  if (!isObject(thrown)) {
    return { name: typeof thrown, message: cut(String(thrown)), code: undefined, cause: undefined };
  }
  const [name, message, code] = ["name", "message", "code"].map((property) => readText(thrown, property));
  const isNamed = message !== undefined && name !== undefined && name !== "";
  return {
    name: isNamed ? name : typeof thrown,
    message: message ?? convert(thrown),
    code,
    cause: attempt(() => thrown["cause"]),
  };
}

/** The message of an error, or the text of whatever else was thrown. Never throws. */
export function thrownText(thrown: unknown): string {
  return readThrown(thrown).message;
}

/**
 * The first of an error's causes that says something which `message` does not, else the last: Node prints all of them, each
 * with its text and its stack.
 */
export function findNews(message: string, cause: unknown): unknown {
  const { message: text, cause: deeper } = readThrown(cause);
  const isRepetition = message.includes(text.replace(/^\[\w+\] /, ""));
  return isRepetition && deeper instanceof Error && deeper !== cause ? findNews(message, deeper) : cause;
}

type Properties = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Properties {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function readText(object: Properties, property: string): string | undefined {
  const value = attempt(() => object[property]);
  return typeof value === "string" ? cut(value) : undefined;
}

/** As a text, where its own conversion gives one in no time. */
function convert(object: Properties): string {
  if (typeof object === "function") return "a function";
  const text = attempt(() =>
    Array.isArray(object) || ArrayBuffer.isView(object) ? undefined : String(object),
  );
  return text === undefined ? "an object" : cut(text);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
