import assert from "node:assert/strict";
import { constants } from "node:http2";
import { describe, it } from "node:test";
import { Goaway } from "../../src/transport/http2/goaway.ts";

const { NGHTTP2_NO_ERROR, NGHTTP2_INTERNAL_ERROR, NGHTTP2_ENHANCE_YOUR_CALM } = constants;

describe("Goaway", () => {
  it("says nothing of any stream but one without an id before it is received", () => {
    const goaway = new Goaway();
    assert.equal(goaway.complaint, undefined);
    assert.deepEqual(
      [undefined, 1, 2 ** 31 - 1].map((id) => goaway.isUnprocessed(id)),
      [true, false, false],
    );
    assert.deepEqual(
      [undefined, 1].map((id) => goaway.gaveUpAt(id)),
      [false, false],
    );
    assert.equal(goaway.hasProcessedOneOf(7), false);
  });

  it("tells unprocessed streams by the smallest last id that was received", () => {
    const goaway = new Goaway();
    goaway.onReceived(NGHTTP2_NO_ERROR, 2 ** 31 - 1, undefined);
    assert.equal(goaway.isUnprocessed(9), false);
    goaway.onReceived(NGHTTP2_NO_ERROR, 5, undefined);
    goaway.onReceived(NGHTTP2_NO_ERROR, 7, undefined);
    assert.deepEqual(
      [3, 5, 7].map((id) => goaway.isUnprocessed(id)),
      [false, false, true],
    );
  });

  it("counts as a response only if it names a stream that was opened", () => {
    for (const [last, expected] of [
      [0, false],
      [1, true],
      [7, true],
      [9, false],
    ] as const) {
      const goaway = new Goaway();
      goaway.onReceived(NGHTTP2_NO_ERROR, last, undefined);
      assert.equal(goaway.hasProcessedOneOf(7), expected, `last stream ${last}`);
    }
  });

  it("with an error, blames the last stream that was processed and those after it", () => {
    const goaway = new Goaway();
    goaway.onReceived(NGHTTP2_NO_ERROR, 5, Buffer.from("max_age"));
    assert.deepEqual([goaway.complaint, goaway.gaveUpAt(5)], [undefined, false]);
    goaway.onReceived(NGHTTP2_INTERNAL_ERROR, 5, undefined);
    assert.equal(goaway.complaint, "GOAWAY 2");
    assert.deepEqual(
      [undefined, 3, 5, 7].map((id) => goaway.gaveUpAt(id)),
      [true, false, true, true],
    );
  });

  it("shows at most 200 bytes of its debug data, in one line", () => {
    const goaway = new Goaway();
    goaway.onReceived(NGHTTP2_INTERNAL_ERROR, 0, Buffer.from(`\r\nno\r\nmore\u001b[31m ${"x".repeat(300)}`));
    assert.match(goaway.text, /^no more \[31m x{180,190}$/);
    assert.equal(goaway.complaint, `GOAWAY 2 "${goaway.text}"`);
  });

  it("is about pings only with the code and the text of that complaint", () => {
    for (const [code, text, expected] of [
      [NGHTTP2_ENHANCE_YOUR_CALM, "too_many_pings", true],
      [NGHTTP2_ENHANCE_YOUR_CALM, "Too_Many_Pings!", true],
      [NGHTTP2_ENHANCE_YOUR_CALM, "too many requests", false],
      [NGHTTP2_INTERNAL_ERROR, "too_many_pings", false],
    ] as const) {
      const goaway = new Goaway();
      goaway.onReceived(code, 0, Buffer.from(text));
      assert.equal(goaway.isAboutPings, expected, `${code} ${text}`);
    }
  });
});
