import { toLines } from "../shared/plain-text.ts";
import { hideSecrets } from "../shared/redact.ts";

/**
 * Removes a request's secrets from its error, since servers and proxies may echo them: from its texts, headers and
 * bytes, and those of its causes. Called where the secrets are known, so that they need not be kept.
 *
 * Changes the error in place, since others hold references to it. Returns the error; a copy if it is frozen.
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
    // The stack is built when it is first read, which is expensive, and contains the message.
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
      // The same detail, as an object.
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

/** The same headers if they hold no secret, else a copy, since headers of a response may be immutable. */
function redactHeaders(headers: Headers, secrets: readonly string[]): Headers {
  const all = [...headers];
  const redacted = all.map(([name, value]): [string, string] => [name, hideSecrets(value, secrets)]);
  return redacted.every(([, value], index) => value === all[index]?.[1]) ? headers : new Headers(redacted);
}

/** Keeps the length, so that encoded messages stay valid. */
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

/** Removes secrets and control characters: causes are errors from TLS and sockets, which may quote servers. */
function clean(text: string, secrets: readonly string[]): string {
  return toLines(hideSecrets(text, secrets));
}
