/** What unary calls have in common, whatever they go over. */
export interface UnaryOptions {
  /** Where the server is, without a path. */
  readonly origin: string;
  /** Sent with every request. */
  readonly headers: Headers;
  /** An answer larger than this many bytes is refused. */
  readonly readMaxBytes: number;
  /** Messages of at least this many bytes are compressed. Infinity: none. */
  readonly compressMinBytes: number;
}
