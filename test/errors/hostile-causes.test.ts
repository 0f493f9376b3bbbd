import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { Code } from "@connectrpc/connect";
import fc from "fast-check";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { toAuthenticationError, toZitadelError } from "../../src/errors/to-zitadel-error.ts";
import { BulkError, bulk, ListError, ZitadelError } from "../../src/index.ts";
import { anything, hostile, proxies } from "./support/hostile.ts";

const method = UserService.method.getUserByID;
const facts = { method: "a.B/C", origin: "client", code: Code.Unknown, message: "failed" } as const;

/** Asserts that an error can be shown in each of the ways in which errors are shown. */
function assertShown(error: ZitadelError): void {
  const json = JSON.parse(JSON.stringify(error)) as { message: string; code: string };
  assert.deepEqual([json.message, json.code], [error.message, "unknown"]);
  assert.ok(JSON.stringify(json).length < 200_000);
  assert.match(inspect(error), /^(Zitadel|List)Error: \[unknown\] /);
  assert.match(inspect({ error }, { showHidden: true, depth: 9 }), /(Zitadel|List)Error: \[unknown\] /);
  assert.match(String(error), /^(Zitadel|List)Error: \[unknown\] /);
}

describe("toJSON(), inspect and toString() of our errors", () => {
  it("never throw, whatever the cause is", () => {
    const check = (cause: unknown): void => {
      const error = new ZitadelError({ ...facts, cause });
      assertShown(error);
      const position = { v: 1, method: "a.B/C", pages: 0, yielded: 0, position: "0", anchors: [] };
      const cursor = position as unknown as ListError["cursor"];
      assertShown(new ListError({ reason: error, cursor }));
    };
    for (const cause of [...hostile, ...proxies]) check(cause);
    fc.assert(fc.property(anything, check));
  });

  it("never throw, whatever a token source or an interceptor throws", () => {
    const check = (thrown: unknown): void => {
      const failed = toAuthenticationError(thrown, method);
      for (const shown of [JSON.stringify(failed), inspect(failed), String(failed)]) {
        assert.match(shown, /unauthenticated/);
      }
      assert.ok(toZitadelError(thrown, method) instanceof ZitadelError);
    };
    for (const thrown of hostile) check(thrown);
    fc.assert(fc.property(anything, check));
  });

  it("show the message of a cause without a prototype", () => {
    const cause: unknown = Object.assign(Object.create(null), {
      name: "AuthError",
      message: "no key",
      code: "x",
    });
    const error = new ZitadelError({ ...facts, cause });
    assert.deepEqual({ ...error.toJSON().cause }, { name: "AuthError", message: "no key", code: "x" });
  });

  it("shorten long texts", () => {
    const error = new ZitadelError({ ...facts, cause: new Error("x".repeat(1_000_000)) });
    assert.ok(JSON.stringify(error).length < 20_000);
  });
});

describe("a job that ends early", () => {
  it("reports why, whatever was thrown", async () => {
    for (const thrown of hostile) {
      const job = bulk([1], () => {
        throw thrown;
      });
      await assert.rejects(job, BulkError);
    }
  });
});
