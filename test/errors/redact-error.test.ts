import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { redactError } from "../../src/errors/redact-error.ts";

const TOKEN = "canary-opaque-token-0123456789";

describe("redactError()", () => {
  it("returns the same error, with its code and class, since callers compare its identity", () => {
    const error = new ConnectError(`refused ${TOKEN}`, Code.NotFound);
    assert.equal(redactError(error, [TOKEN]), error);
    assert.deepEqual(
      [error.rawMessage, error.message, error.code],
      ["refused [redacted]", "[not_found] refused [redacted]", Code.NotFound],
    );
    assert.ok(!error.stack?.includes(TOKEN) && error.stack?.includes("redact-error.test.ts"));
  });

  it("redacts causes, the errors of an AggregateError, and properties of errors, even if they are circular", () => {
    const inner = Object.assign(new Error("inner"), {
      code: `E_${TOKEN}`,
      packet: Buffer.from(`<${TOKEN}>`),
    });
    const all = new AggregateError([inner, `string ${TOKEN}`], "all");
    const outer = new Error("outer", { cause: new Error("middle", { cause: all }) });
    inner.cause = outer;
    redactError(outer, [TOKEN]);
    assert.deepEqual(
      [inner.code, inner.packet.toString(), all.errors[1]],
      ["E_[redacted]", `<${"*".repeat(TOKEN.length)}>`, "string [redacted]"],
    );
  });

  it("replaces what is frozen", () => {
    const frozen = Object.freeze(new TypeError(`frozen ${TOKEN}`));
    const error = new Error("outer", { cause: frozen });
    redactError(error, [TOKEN]);
    assert.deepEqual([String(error.cause), error.cause === frozen], ["TypeError: frozen [redacted]", false]);
    assert.equal(redactError(`thrown ${TOKEN}`, [TOKEN]), "thrown [redacted]");
    assert.equal(redactError(undefined, [TOKEN]), undefined);
  });

  it("replaces headers that contain the secret, and keeps details that do not", () => {
    const { headers } = new Response("", { headers: { "x-echo": TOKEN, "x-other": "kept" } });
    const error = new ConnectError("no", Code.Unknown);
    const debug = { id: "QUERY-1" };
    error.details = [{ type: "a.B", value: Buffer.from("kept"), debug }];
    redactError(Object.assign(error, { metadata: headers }), [TOKEN]);
    assert.deepEqual([...error.metadata].slice(-2), [
      ["x-echo", "[redacted]"],
      ["x-other", "kept"],
    ]);
    assert.deepEqual(error.details, [{ type: "a.B", value: Buffer.from("kept"), debug }]);
  });

  it("does not read the stack of an error that does not contain the secret", () => {
    const error = new Error("harmless");
    Object.defineProperty(error, "stack", { get: () => assert.fail("read") });
    redactError(error, [TOKEN]);
  });
});
