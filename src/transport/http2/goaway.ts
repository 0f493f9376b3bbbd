import { constants } from "node:http2";

/** What the server says about the end of a connection in one or more GOAWAY frames (RFC 9113 section 6.8). */
export class Goaway {
  /** The last stream that the server has processed. */
  #lastStreamId = Number.POSITIVE_INFINITY;
  #code: number = constants.NGHTTP2_NO_ERROR;
  #text = "";

  onReceived(code: number, lastStreamId: number, data: Uint8Array | undefined): void {
    this.#lastStreamId = Math.min(this.#lastStreamId, lastStreamId);
    this.#code = code;
    this.#text = toText(data);
  }

  /** The server's reason, for people; empty if it gave none. */
  get text(): string {
    return this.#text;
  }

  /** The server's reason for ending the connection; undefined if there was no GOAWAY, or one without an error. */
  get complaint(): string | undefined {
    if (this.#code === constants.NGHTTP2_NO_ERROR) return undefined;
    return `GOAWAY ${this.#code}${this.#text === "" ? "" : ` "${this.#text}"`}`;
  }

  /** Whether the server complains about too many pings. */
  get isAboutPings(): boolean {
    return this.#code === constants.NGHTTP2_ENHANCE_YOUR_CALM && /too_many_pings/i.test(this.#text);
  }

  /** Whether the server has declared that it did not process this stream, and will not. */
  isUnprocessed(streamId: number | undefined): boolean {
    return streamId === undefined || streamId > this.#lastStreamId;
  }

  /**
   * Whether the server gave up the connection at this stream, or before it. Earlier streams are not the reason, and may
   * have been processed.
   */
  gaveUpAt(streamId: number | undefined): boolean {
    return this.complaint !== undefined && (streamId === undefined || streamId >= this.#lastStreamId);
  }

  /** Whether the server has processed a request, and no more than were sent: `newestStreamId` is that of the last one. */
  hasProcessedOneOf(newestStreamId: number): boolean {
    return this.#lastStreamId > 0 && this.#lastStreamId <= newestStreamId;
  }
}

/** The debug data as text for people: a limited number of printable characters. */
function toText(data: Uint8Array | undefined): string {
  if (data === undefined) return "";
  return Buffer.from(data.subarray(0, 200))
    .toString("latin1")
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim();
}
