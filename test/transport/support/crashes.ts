import assert from "node:assert/strict";
import { after, before } from "node:test";

/** Asserts that no test of this file causes an unhandled rejection or exception. */
export function assertNoCrashes(): void {
  const crashes: unknown[] = [];
  const record = (reason: unknown) => {
    crashes.push(reason);
  };
  before(() => {
    process.on("unhandledRejection", record).on("uncaughtException", record);
  });
  after(async () => {
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", record).off("uncaughtException", record);
    assert.deepEqual(crashes, []);
  });
}
