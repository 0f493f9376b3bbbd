import type { RawResponse, WireFormat } from "./wire-format.ts";

/** What has come of a stream besides its frames. */
export type StreamMetadata = Pick<RawResponse, "headers" | "trailers">;

/** How a protocol writes the request of a stream and reads its responses: as frames, in all of them. */
export interface StreamFormat
  extends Pick<
    WireFormat,
    "headers" | "encodingHeader" | "acceptEncodingHeader" | "timeoutHeader" | "timeout"
  > {
  /** The flag of the frame that ends a stream; 0 where the HTTP trailers do. */
  readonly endFlag: number;
  /** Whether a response with these headers is a stream in this protocol. */
  isStream(headers: RawResponse["headers"]): boolean;
  /** Throws the error that a response amounts to which is none. */
  reject(response: RawResponse): void;
  /**
   * The trailers of a stream that has ended, from the payload of its last frame or from HTTP; undefined where it has no
   * end. Throws the error that they say.
   */
  end(last: Uint8Array | undefined, metadata: StreamMetadata): Headers | undefined;
  /** Which part of the headers of a response is metadata. */
  header(response: RawResponse): Headers;
}
