import assert from "node:assert/strict";
import { constants } from "node:http2";
import { describe, it } from "node:test";
import { findFailure } from "../../src/transport/faults.ts";
import { Goaway } from "../../src/transport/http2/goaway.ts";
import { type ClosedStream, describeStreamFault } from "../../src/transport/http2/stream-fault.ts";

interface Situation extends Partial<ClosedStream> {
  /** The size of the request's headers, as HTTP/2 counts it. */
  readonly headerBytes?: number;
  readonly maxHeaderBytes?: number;
  readonly goaway?: { readonly code: number; readonly lastStreamId: number; readonly text?: string };
  readonly lost?: boolean;
  readonly worked?: boolean;
}

const { NGHTTP2_NO_ERROR, NGHTTP2_INTERNAL_ERROR, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_CANCEL } = constants;

/** The error of a stream that closed with CANCEL, unless stated otherwise. */
function describeClosed(situation: Situation) {
  const { headerBytes = 100, maxHeaderBytes = Number.POSITIVE_INFINITY, goaway, lost, worked } = situation;
  const received = new Goaway();
  if (goaway !== undefined) {
    received.onReceived(goaway.code, goaway.lastStreamId, Buffer.from(goaway.text ?? ""));
  }
  const session = {
    goaway: received,
    maxHeaderBytes,
    end: { fault: "connection-lost", message: "The connection was lost" } as const,
    isDead: () => lost === true,
    hasResponded: () => worked === true,
  };
  const id = 7;
  // Two headers: their names, and 32 bytes each, are part of the size.
  const sent = { "x-a": "a".repeat(headerBytes - 71), b: 123 };
  const error = describeStreamFault(session, {
    id,
    rstCode: NGHTTP2_CANCEL,
    responded: false,
    sent,
    ...situation,
  });
  return { text: error.rawMessage, ...findFailure(error) };
}

describe("a stream that closed before its response was complete", () => {
  const cancelled = "The server canceled the stream (RST_STREAM 8)";

  it("says what the server did, and what is known of the connection", () => {
    const goaway = { code: NGHTTP2_INTERNAL_ERROR, lastStreamId: 9, text: "oops" };
    const { text, fault, connectionHadWorked, complaint } = describeClosed({ worked: true, goaway });
    assert.deepEqual([fault, text], ["stream-cancelled", cancelled]);
    assert.deepEqual([connectionHadWorked, complaint], [true, 'GOAWAY 2 "oops"']);
    assert.equal(describeClosed({}).connectionHadWorked, false);
    const unknown = describeClosed({ rstCode: 99 });
    assert.deepEqual([unknown.fault, unknown.text], ["stream-failed", "The server failed (RST_STREAM 99)"]);
  });

  it("was not processed if the server says so and sent no response, whatever became of the connection", () => {
    const text = "The server closed the connection without processing the request";
    const before = { code: NGHTTP2_NO_ERROR, lastStreamId: 5 };
    for (const lost of [false, true]) {
      const closed = describeClosed({ goaway: before, lost });
      assert.deepEqual([closed.fault, closed.text], ["goaway-unprocessed", text]);
    }
    assert.equal(
      describeClosed({ goaway: { ...before, code: NGHTTP2_INTERNAL_ERROR } }).text,
      `${text} (GOAWAY 2)`,
    );
    assert.equal(describeClosed({ goaway: { ...before, lastStreamId: 7 } }).fault, "stream-cancelled");
    assert.equal(describeClosed({ goaway: before, responded: true }).fault, "truncated-response");
    assert.equal(describeClosed({ id: undefined }).fault, "goaway-unprocessed");
  });

  it("is lost with its connection, whatever its code says", () => {
    for (const responded of [false, true]) {
      const { fault, text } = describeClosed({ lost: true, responded });
      assert.deepEqual([fault, text], ["connection-lost", "The connection was lost"]);
    }
    assert.equal(describeClosed({ responded: true }).text, "The response was cut short (RST_STREAM 8)");
  });

  it("had headers that are too large if they exceed what the server has announced, or Node can send", () => {
    for (const [headerBytes, maxHeaderBytes, fault] of [
      [65_536, Number.POSITIVE_INFINITY, "stream-cancelled"],
      [65_537, Number.POSITIVE_INFINITY, "headers-too-large"],
      [4_096, 4_096, "stream-cancelled"],
      [4_097, 4_096, "headers-too-large"],
    ] as const) {
      assert.equal(describeClosed({ headerBytes, maxHeaderBytes }).fault, fault, `${headerBytes}`);
    }
    const { text } = describeClosed({ headerBytes: 70_001 });
    assert.equal(text, "the request headers take up 71 kB, more than can be sent to this server");
  });

  it("probably had headers that are too large if a server gave up at it that takes no more than most do", () => {
    const calm = { rstCode: NGHTTP2_ENHANCE_YOUR_CALM };
    const gaveUp = { goaway: { code: NGHTTP2_INTERNAL_ERROR, lastStreamId: 7 } };
    for (const situation of [calm, gaveUp]) {
      assert.notEqual(describeClosed({ ...situation, headerBytes: 8_192 }).fault, "headers-too-large");
      const { fault, text } = describeClosed({ ...situation, headerBytes: 8_193 });
      assert.equal(fault, "headers-too-large");
      assert.match(text, /^the request headers take up 9 kB, more than this server accepts: The server /);
    }
    const later = { goaway: { ...gaveUp.goaway, lastStreamId: 9 } };
    assert.equal(describeClosed({ ...later, headerBytes: 8_193 }).fault, "stream-cancelled");
  });

  it("says how large its headers were if they may be the reason", () => {
    assert.equal(describeClosed({ headerBytes: 8_192 }).text, cancelled);
    const remark = "(the request headers take up 9 kB, more than many servers accept)";
    assert.equal(describeClosed({ headerBytes: 8_193 }).text, `${cancelled} ${remark}`);
    assert.equal(
      describeClosed({ headerBytes: 70_000, responded: true }).text,
      "The response was cut short (RST_STREAM 8)",
    );
    assert.equal(describeClosed({ sent: undefined }).text, cancelled);
  });
});
