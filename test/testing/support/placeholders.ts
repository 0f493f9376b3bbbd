import assert from "node:assert/strict";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

/** What stands in recordings for values that the server chose: each name for one value, but for times. */
export class Placeholders {
  readonly #known: Map<string, string>;

  constructor(known: Readonly<Record<string, string>>) {
    this.#known = new Map(Object.entries(known));
  }

  /** Puts the values in the place of their names. */
  fill(value: JsonValue): JsonValue {
    if (typeof value === "string") return this.#known.get(value) ?? value;
    if (Array.isArray(value)) return value.map((one) => this.fill(one));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.fill(one)]));
  }

  /** Compares, and notes what is named for the first time. Keys in `ignored` count for nothing. */
  check(actual: JsonValue | undefined, expected: JsonValue, path: string, ignored: readonly string[]): void {
    if (typeof expected === "string" && /^<.+>$/.test(expected)) {
      this.#note(actual, expected, path);
      return;
    }
    if (typeof expected !== "object" || expected === null) {
      assert.deepEqual(
        actual,
        expected,
        `${path}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`,
      );
      return;
    }
    assert.ok(typeof actual === "object" && actual !== null, `${path}: ${JSON.stringify(actual)}`);
    const [there, wanted] = [actual, expected].map((one) => keysOf(one, ignored));
    assert.deepEqual(there, wanted, `${path}: has ${there}, not ${wanted}`);
    for (const key of wanted ?? []) {
      const [one, other] = [actual, expected].map((object) => (object as JsonObject)[key]);
      this.check(one, other ?? null, `${path}.${key}`, ignored);
    }
  }

  #note(actual: JsonValue | undefined, name: string, path: string): void {
    assert.ok(typeof actual === "string" && actual !== "", `${path}: ${JSON.stringify(actual)}`);
    const known = this.#known.get(name);
    if (name === "<time>") assert.ok(!Number.isNaN(Date.parse(actual)), `${path}: ${actual} is no time`);
    else if (known === undefined) this.#known.set(name, actual);
    else assert.equal(actual, known, `${path}: is not ${name}`);
  }
}

function keysOf(value: JsonObject | JsonValue[], ignored: readonly string[]): string[] {
  return Object.keys(value)
    .filter((key) => !ignored.includes(key))
    .sort();
}
