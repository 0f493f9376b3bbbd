import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

/** Like `deepEqual()`, with a message that names the first difference instead of showing thousands of items. */
export function assertSame(actual: readonly unknown[], expected: readonly unknown[], name: string): void {
  const different = expected.findIndex((item, index) => !isDeepStrictEqual(item, actual[index]));
  assert.equal(different, -1, `${name}: item ${different} of ${expected.length} differs`);
  assert.equal(actual.length, expected.length, `${name}: number of items`);
}
