import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PageSize, type PageSizes } from "../../../src/client/lists/page-size.ts";
import { Code, ZitadelError } from "../../../src/index.ts";
import type { FaultName } from "../../../src/transport/faults.ts";

const DEFAULT: PageSizes = { first: 100, most: 1_000 };
const KIB = 1_024;

/** The limits to request after pages of items of a given size, each with a given duration. */
function sizesBehind(
  size: PageSize,
  pages: readonly { readonly itemBytes?: number; readonly ms?: number }[],
) {
  return pages.map(({ itemBytes = 500, ms = 20 }) => {
    const asked = size.next;
    size.take({ asked, limit: asked, count: asked, bytes: itemBytes * asked, ms });
    return size.next;
  });
}

function failure(
  code: Code,
  more: { readonly message?: string; readonly id?: string; readonly fault?: FaultName } = {},
): ZitadelError {
  return new ZitadelError({ method: "a/B", origin: "server", code, message: "no", ...more });
}

describe("the size of pages", () => {
  it("grows immediately to what the server allows, where pages are small and fast", () => {
    assert.deepEqual(sizesBehind(new PageSize(DEFAULT), [{}, {}]), [1_000, 1_000]);
  });

  it("grows only as long as pages are expected to stay below 2 MiB", () => {
    assert.deepEqual(sizesBehind(new PageSize(DEFAULT), [{ itemBytes: 8 * KIB }]), [256]);
    assert.deepEqual(sizesBehind(new PageSize(DEFAULT), [{ itemBytes: 80 * KIB }]), [100]);
  });

  it("grows only as long as pages are expected to take less than five seconds, but does not shrink by time", () => {
    const pages = [{ ms: 1_250 }, { ms: 4_000 }, { ms: 9_000 }];
    assert.deepEqual(sizesBehind(new PageSize(DEFAULT), pages), [400, 500, 500]);
    assert.deepEqual(sizesBehind(new PageSize(DEFAULT), [{ ms: 6_000 }]), [100]);
  });

  it("shrinks where items become larger, but not below the first size", () => {
    const pages = [{}, { itemBytes: 8 * KIB }, { itemBytes: 80 * KIB }, {}];
    assert.deepEqual(sizesBehind(new PageSize(DEFAULT), pages), [1_000, 256, 100, 1_000]);
  });

  it("does not change where first and maximum are the same", () => {
    const size = new PageSize({ first: 300, most: 300 });
    assert.deepEqual(sizesBehind(size, [{}, { itemBytes: 80 * KIB }, { ms: 9_000 }]), [300, 300, 300]);
  });

  it("does not exceed what the server reports as its maximum", () => {
    const size = new PageSize(DEFAULT);
    size.take({ asked: 100, limit: 40, count: 40, bytes: 40, ms: 1 });
    assert.equal(size.next, 40);
    assert.deepEqual(sizesBehind(size, [{}]), [40]);
  });

  it("grows even if part or all of a page is hidden", () => {
    const size = new PageSize(DEFAULT);
    size.take({ asked: 100, limit: 100, count: 0, bytes: 0, ms: 20 });
    assert.equal(size.next, 1_000);
  });

  it("is halved where a page is too large to be sent, down to one item, and grows again when items are smaller", () => {
    const tooLarge = failure(Code.ResourceExhausted, {
      message: "grpc: trying to send message larger than max (11 vs. 10)",
    });
    const size = new PageSize({ first: 4, most: 4 });
    assert.deepEqual(
      [size.shrink(tooLarge, 4), size.shrink(tooLarge, 2), size.shrink(tooLarge, 1)],
      [2, 1, undefined],
    );
    assert.deepEqual(sizesBehind(size, [{ itemBytes: 9_000 * KIB }, {}]), [1, 4]);
  });

  it("is halved where a page is larger than this client reads, and for no other error with that message", () => {
    const size = new PageSize(DEFAULT);
    assert.equal(size.shrink(failure(Code.ResourceExhausted, { fault: "response-too-large" }), 100), 50);
    const words = { message: "grpc: trying to send message larger than max (11 vs. 10)" };
    assert.equal(size.shrink(failure(Code.PermissionDenied, words), 100), undefined);
  });

  it("is halved permanently where the server refuses the limit", () => {
    const size = new PageSize(DEFAULT);
    sizesBehind(size, [{}]);
    assert.equal(size.shrink(failure(Code.InvalidArgument, { id: "QUERY-4M0fs" }), 1_000), 500);
    assert.deepEqual(sizesBehind(size, [{}]), [500]);
  });

  it("returns permanently to what worked where a larger page exceeds its deadline", () => {
    const late = failure(Code.DeadlineExceeded);
    const size = new PageSize(DEFAULT);
    assert.equal(size.shrink(late, 100), undefined);
    sizesBehind(size, [{ ms: 1_250 }]);
    assert.equal(size.shrink(late, 400), 100);
    assert.equal(size.shrink(late, 100), undefined);
    assert.deepEqual(sizesBehind(size, [{}]), [100]);
  });

  it("returns to what worked where a proxy times out on a larger page", () => {
    for (const fault of ["gateway-error", "server-cancelled", "truncated-response"] as const) {
      const size = new PageSize(DEFAULT);
      sizesBehind(size, [{}]);
      assert.equal(size.shrink(failure(Code.Unavailable, { fault }), 1_000), 100);
    }
  });

  it("does not change after unrelated errors", () => {
    const size = new PageSize(DEFAULT);
    sizesBehind(size, [{}]);
    const errors = [Code.Unavailable, Code.Canceled, Code.ResourceExhausted, Code.PermissionDenied].map(
      (code) => failure(code),
    );
    for (const error of [...errors, new TypeError("no")]) assert.equal(size.shrink(error, 1_000), undefined);
    assert.equal(size.next, 1_000);
  });
});
