/** What is read at most of a source, in bytes once it is decompressed. Zitadel's .proto files have 1.5 MB. */
export const MAX_BYTES: number = 128 * 1024 * 1024;

/** No API has more; a source that has more does not mean well. */
export const MAX_FILES = 10_000;
