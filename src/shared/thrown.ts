/** The maximum length of texts from a thrown value, in characters. */
const MAX_TEXT = 10_000;

/** The readable parts of a thrown value. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly cause: unknown;
}

/**
 * Reads a thrown value, which can be anything: an object without a prototype, a proxy, an error whose properties throw.
 * Never throws itself, and truncates long texts.
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

/** The message of an error, or the text of any other thrown value. Never throws. */
export function thrownText(thrown: unknown): string {
  return readThrown(thrown).message;
}

/**
 * Finds the first of the causes whose message is not part of `message`; if there is none, the last. Node prints all causes,
 * each with its text and stack.
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

/** Converts an object to text, if that is cheap. */
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
