import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { flows, type Step } from "./flows.ts";
import { send } from "./support/raw-http.ts";

describe("the emulator behaves like a Zitadel", () => {
  let emulator: Emulator;
  const known = new Map<string, JsonValue>();
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());

  for (const [flow, steps] of Object.entries(flows)) {
    it(`in the life of: ${flow}`, async () => {
      for (const step of steps) await play(step);
    });
  }

  async function play({ path, request, response: expected }: Step): Promise<void> {
    const response = await send(emulator.url, {
      httpVersion: "1.1",
      path,
      headers: { "content-type": "application/json", authorization: `Bearer ${emulator.serviceUser.token}` },
      body: JSON.stringify(fill(request)),
    });
    const body = JSON.parse(response.body.toString()) as JsonObject;
    assert.equal(response.status, expected.status, `${path}: ${response.body}`);
    if ("body" in expected) {
      checkSubset(body, expected.body, path);
    } else {
      const { id, ...error } = expected.error;
      checkSubset(body, error, path);
      const details = body["details"] as { debug: { id: string } }[] | undefined;
      assert.equal(details?.[0]?.debug.id, id, path);
    }
  }

  /** Replaces `$name` by the value that the server chose. */
  function fill(value: JsonValue): JsonValue {
    if (typeof value === "string") return known.get(value) ?? value;
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one)]));
  }

  /** Asserts that everything expected is there. Notes a value that the server chooses when it comes first. */
  function checkSubset(actual: JsonValue | undefined, expected: JsonValue, where: string): void {
    if (typeof expected === "string" && expected.startsWith("$")) {
      note(expected, actual, where);
    } else if (typeof expected === "object" && expected !== null) {
      if (Array.isArray(expected))
        assert.equal((actual as JsonValue[] | undefined)?.length, expected.length, where);
      const object = actual as JsonObject | undefined;
      for (const [key, one] of Object.entries(expected)) checkSubset(object?.[key], one, `${where}.${key}`);
    } else {
      assert.deepEqual(actual, expected, where);
    }
  }

  function note(name: string, actual: JsonValue | undefined, where: string): void {
    assert.ok(typeof actual === "string" && actual !== "", `${where}: ${name}`);
    if (!CHANGING.has(name) && known.has(name)) assert.equal(actual, known.get(name), where);
    known.set(name, actual);
  }
});

/** Secrets, which the server generates each time. */
const CHANGING: ReadonlySet<string> = new Set(["$clientSecret", "$sessionToken", "$verificationCode"]);
