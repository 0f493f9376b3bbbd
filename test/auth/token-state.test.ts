import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeldToken } from "../../src/auth/cache/token-state.ts";
import { FakeClock } from "./support/clocks.ts";

describe("HeldToken", () => {
  it("is replaced immediately after a rejection, and later after each further rejection in a row, up to 30 s", async () => {
    const clock = new FakeClock();
    let held = new HeldToken({ token: "0" }, clock, undefined);
    assert.equal(held.isReplaceable(), true);
    for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
      held.rejected = true;
      held = new HeldToken({ token: "next" }, clock, held);
      await clock.advance(seconds * 1_000 - 1);
      assert.equal(held.isReplaceable(), false, `${seconds} s`);
      await clock.advance(1);
      assert.equal(held.isReplaceable(), true, `${seconds} s`);
    }
    const accepted = new HeldToken({ token: "later" }, clock, held);
    assert.equal(accepted.isReplaceable(), true);
  });
});
