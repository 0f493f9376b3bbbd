import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { totp } from "../support/totp.ts";

/** What recordings contain instead of values that the server chose: each name for one value, except for times. */
export class Placeholders {
  readonly #known: Map<string, string>;

  constructor(known: Readonly<Record<string, string>>) {
    this.#known = new Map(Object.entries(known));
  }

  /** Sets the value of a name before the server does. */
  set(name: string, value: string): void {
    this.#known.set(name, value);
  }

  get(name: string): string | undefined {
    return this.#known.get(name);
  }

  /** Replaces names by their values; a name may be part of a string or of a key. */
  fill(value: JsonValue): JsonValue {
    if (typeof value === "string") return this.fillText(value);
    if (Array.isArray(value)) return value.map((one) => this.fill(one));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [this.fillText(key), this.fill(one)]),
    );
  }

  fillText(text: string): string {
    return text.replace(NAME, (name) => this.#find(name) ?? name);
  }

  /** The paths where a value differs from the recorded one, with both values; notes values of new names. */
  compare(actual: JsonValue | undefined, expected: JsonValue | undefined, path: string): string[] {
    if (typeof expected === "string" && expected.match(NAME) !== null) {
      return this.#matches(actual, expected) ? [] : [`${path}: ${print(actual)}, not ${expected}`];
    }
    if (typeof expected !== "object" || expected === null) {
      return actual === expected ? [] : [`${path}: ${print(actual)}, not ${print(expected)}`];
    }
    if (typeof actual !== "object" || actual === null || Array.isArray(actual) !== Array.isArray(expected)) {
      return [`${path}: ${print(actual)}, not ${print(expected)}`];
    }
    if (Array.isArray(expected) && Array.isArray(actual) && expected.length !== actual.length) {
      return [`${path}: ${actual.length} items, not ${expected.length}`];
    }
    const [there, wanted] = [actual, expected] as [JsonObject, JsonObject];
    // A key may contain a value that the server chose.
    const entries = Object.entries(wanted).map(([key, one]) => [this.fillText(key), one] as const);
    const names = new Set(entries.map(([key]) => key));
    const added = Object.keys(there).filter((key) => !names.has(key));
    return [
      ...entries.flatMap(([key, one]) =>
        TRANSLATED.has(key) && typeof there[key] === "string"
          ? []
          : this.compare(there[key], one, `${path}.${key}`),
      ),
      ...added.map((key) => `${path}.${key}: ${print(there[key])}, not there`),
    ];
  }

  /** The value of `<id1>`, or of what is derived from it: `<base64url:id1>`. */
  #find(name: string): string | undefined {
    const [, derivation = "", of] = /^<(\w+):(\w+)>$/.exec(name) ?? [];
    const value = this.#known.get(of === undefined ? name : `<${of}>`);
    return value === undefined ? undefined : (DERIVATIONS[derivation]?.(value) ?? value);
  }

  #matches(actual: JsonValue | undefined, expected: string): boolean {
    // int64 and the like are strings in JSON, times of OpenID Connect are numbers.
    const text = typeof actual === "number" ? String(actual) : actual;
    if (typeof text !== "string" || text === "") return false;
    const unknown: string[] = [];
    const pattern = expected.split(SPLIT).map((part) => {
      if (part.match(NAME) === null) return escapeRegExp(part);
      const value = this.#find(part);
      if (value !== undefined) return escapeRegExp(value);
      unknown.push(part);
      return "(.+)";
    });
    const match = new RegExp(`^${pattern.join("")}$`, "s").exec(text);
    if (match === null) return false;
    for (const [index, name] of unknown.entries()) {
      const value = match[index + 1] ?? "";
      if (name === "<time>" && Number.isNaN(Date.parse(value))) return false;
      if (name === "<epoch>" && !/^\d+$/.test(value)) return false;
      if (!CHANGING.has(name)) this.#known.set(name, value);
    }
    return true;
  }
}

/** Derivations of values that the server chose. `totp`: the current one-time password of a secret. */
const DERIVATIONS: Readonly<Partial<Record<string, (value: string) => string>>> = {
  base64url: (value) => Buffer.from(value).toString("base64url"),
  urlencoded: encodeURIComponent,
  totp: (secret) => totp(secret, Date.now()),
};

const NAME = /<[^<>\s]+>/g;
const SPLIT = /(<[^<>\s]+>)/;

/** The server's texts for people, in the caller's language: the emulator has its own. */
const TRANSLATED = new Set(["localizedMessage"]);

/** These have another value each time. */
const CHANGING = new Set(["<time>", "<epoch>", "<…>"]);

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function print(value: JsonValue | undefined): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
