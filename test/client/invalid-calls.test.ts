import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createZitadel, personalAccessToken } from "../../src/index.ts";

const url = "http://localhost:1";
const auth = personalAccessToken({ token: "a-token-of-the-test" });

/** Headers that no request can have. Casts stand for JavaScript. */
const HEADERS: readonly unknown[] = [
  null,
  "a: b",
  7,
  [["a"]],
  [["a", "b", "c"]],
  ["ab"],
  { "": "b" },
  { "a b": "c" },
  { "a:b": "c" },
  { a: "b\nc" },
  { a: "ł" },
  { a: Symbol("b") },
];

describe("headers that no request can have", () => {
  it("are refused in the options of a client and of a call, which name the option", async () => {
    await using zitadel = createZitadel({ url, auth });
    for (const headers of HEADERS as never[]) {
      assert.throws(() => createZitadel({ url, auth, headers }), /^TypeError: createZitadel\(\): .*headers/);
      await assert.rejects(
        async () => await zitadel.user.v2.getUserByID({}, { headers }),
        /getUserByID\(\): .*headers/,
      );
    }
  });
});

describe("the options of a call", () => {
  it("are refused when they are of another kind, by name, as is a request", async () => {
    await using zitadel = createZitadel({ url, auth });
    const cases: readonly [request: unknown, options: unknown, message: RegExp][] = [
      [null, undefined, /its request is null; expected an object: pass \{ userId \}/],
      [[], undefined, /its request is an array/],
      ["1", {}, /its request is a string/],
      [{}, null, /its second argument is null/],
      [{}, { timeoutMs: Number.NaN }, /timeoutMs is NaN; expected a number of milliseconds/],
      [{}, { timeoutMs: "1" }, /timeoutMs is a string/],
      [{}, { signal: null }, /signal is null; expected an AbortSignal/],
      [{}, { onHeader: "x" }, /onHeader is a string/],
      [{}, { onTrailer: "x" }, /onTrailer is a string/],
      [{}, { deadline: 1 }, /deadline is not an option; did you mean timeoutMs\?/],
    ];
    for (const [request, options, message] of cases) {
      await assert.rejects(
        async () => await zitadel.user.v2.getUserByID(request as object, options as object),
        (error: unknown) => {
          assert.match(String(error), /^TypeError: .*getUserByID\(\): /);
          assert.match(String(error), message);
          return true;
        },
      );
    }
  });
});
