import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { findNearest } from "../../src/shared/nearest.ts";

const NAMES = [
  "url",
  "timeoutMs",
  "maxAttempts",
  "keyFile",
  "key",
  "clientSecret",
  "instanceHost",
  "headers",
] as const;

describe("findNearest()", () => {
  it("suggests the name that a misspelled one was meant to be", () => {
    for (const [given, meant] of [
      ["timeout", "timeoutMs"],
      ["timeoutMS", "timeoutMs"],
      ["keyfile", "keyFile"],
      ["key_file", "keyFile"],
      ["header", "headers"],
      ["clientSecrte", "clientSecret"],
      ["instancehost", "instanceHost"],
      ["ulr", "url"],
    ]) {
      assert.equal(findNearest(given ?? "", NAMES), meant, given);
    }
  });

  it("suggests nothing for what resembles none of them, or is too long for a name", () => {
    for (const given of ["", "x", "certificate", "maxRetries", "a".repeat(100_000)]) {
      assert.equal(findNearest(given, NAMES), undefined, given.slice(0, 20));
    }
  });

  it("finds each name itself, and with any letter missing", () => {
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), fc.nat(), (name, place) => {
        assert.equal(findNearest(name, NAMES), name);
        if (name.length < 6) return;
        const at = place % name.length;
        assert.equal(findNearest(name.slice(0, at) + name.slice(at + 1), NAMES), name);
      }),
    );
  });
});
