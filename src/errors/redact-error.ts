import { toLines } from "../shared/plain-text.ts";
import { hideSecrets } from "../shared/redact.ts";

/**
 * Takes the secrets of a request out of the error it ended with, for servers and proxies repeat what they were sent:
 * out of its texts, headers and bytes, and those of its causes. Done where the secrets are at hand, so that nobody has
 * to keep them for later.
 *
 * In place, since others know the error by its identity. Returns the error; another one in place of a frozen one.
 */
export function redactError(error: unknown, secrets: readonly string[]): unknown {
  return redactThrown(error, secrets, new Set());
}

function redactThrown(thrown: unknown, secrets: readonly string[], seen: Set<Error>): unknown {
  if (typeof thrown === "string") return clean(thrown, secrets);
  if (!(thrown instanceof Error) || seen.has(thrown)) return thrown;
  seen.add(thrown);
  const { message } = thrown;
  for (const name of Object.getOwnPropertyNames(thrown)) {
    // Its text is made when it is first read, which is dear, and repeats the message.
    if (name === "stack") continue;
    const value: unknown = Object.getOwnPropertyDescriptor(thrown, name)?.value;
    const redacted = redactValue(value, secrets, seen);
    if (redacted !== value && !Reflect.set(thrown, name, redacted)) return replaceError(thrown, secrets);
  }
  if (thrown.message !== message) {
    const stack = thrown.stack === undefined ? undefined : clean(thrown.stack, secrets);
    if (!Reflect.set(thrown, "stack", stack)) return replaceError(thrown, secrets);
  }
  return thrown;
}

function redactValue(value: unknown, secrets: readonly string[], seen: Set<Error>): unknown {
  if (typeof value === "string") return clean(value, secrets);
  if (value instanceof Error) return redactThrown(value, secrets, seen);
  if (value instanceof Headers) return redactHeaders(value, secrets);
  if (value instanceof Uint8Array) maskBytes(value, secrets);
  else if (Array.isArray(value)) redactItems(value, secrets, seen);
  return value;
}

/** The details of a ConnectError, and the errors of an AggregateError. */
function redactItems(items: unknown[], secrets: readonly string[], seen: Set<Error>): void {
  for (const [index, item] of items.entries()) {
    const redacted = redactValue(item, secrets, seen);
    if (redacted !== item) items[index] = redacted;
    if (isDetail(item)) {
      maskBytes(item.value, secrets);
      // The same again, as an object.
      const text = JSON.stringify(item.debug ?? null);
      if (clean(text, secrets) !== text) delete item.debug;
    }
  }
}

interface Detail {
  readonly value: Uint8Array;
  debug?: unknown;
}

function isDetail(item: unknown): item is Detail {
  return typeof item === "object" && item !== null && "value" in item && item.value instanceof Uint8Array;
}

/** The same headers if they hold no secret; others if they do, since those of a response cannot always be changed. */
function redactHeaders(headers: Headers, secrets: readonly string[]): Headers {
  const all = [...headers];
  const redacted = all.map(([name, value]): [string, string] => [name, hideSecrets(value, secrets)]);
  return redacted.every(([, value], index) => value === all[index]?.[1]) ? headers : new Headers(redacted);
}

/** Encoded messages keep their lengths, and so stay what they are. */
function maskBytes(bytes: Uint8Array, secrets: readonly string[]): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const secret of secrets) {
    const length = Buffer.byteLength(secret);
    for (let at = buffer.indexOf(secret); length > 0 && at >= 0; at = buffer.indexOf(secret, at + length)) {
      buffer.fill("*", at, at + length);
    }
  }
}

function replaceError({ name, message }: Error, secrets: readonly string[]): Error {
  return Object.assign(new Error(clean(message, secrets)), { name });
}

/** Without secrets, and without what a terminal obeys: causes are errors of TLS and sockets, in which servers have a part. */
function clean(text: string, secrets: readonly string[]): string {
  return toLines(hideSecrets(text, secrets));
}
