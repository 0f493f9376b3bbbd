/** The most that is read from a source, in bytes after decompression. Zitadel's .proto files take 1.5 MB. */
export const MAX_BYTES: number = 128 * 1024 * 1024;

/** No real API has more; a source that does is hostile. */
export const MAX_FILES = 10_000;
