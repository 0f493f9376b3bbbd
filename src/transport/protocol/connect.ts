import { ConnectError } from "@connectrpc/connect";
import { endStreamFlag, endStreamFromJson, errorFromJson } from "@connectrpc/connect/protocol-connect";
import { faultError } from "../faults.ts";
import type { Formats } from "./calls.ts";
import { gunzip, isCompressed } from "./payload.ts";
import { excerpt, httpError, serverError } from "./server-error.ts";
import type { RawResponse, StreamFormat, WireFormat } from "./wire-format.ts";
import { headerValue, toHeaders } from "./wire-format.ts";

const NOTHING = new Uint8Array(0);
const CONTENT_TYPE = "application/proto";
/** The specification allows ten digits. */
const MAX_TIMEOUT_MS = 9_999_999_999;
const TRAILER_PREFIX = "trailer-";

/** The Connect protocol: the message is the body, trailers are headers with a prefix. */
const connectFormat: WireFormat = {
  headers: { "content-type": CONTENT_TYPE, "connect-protocol-version": "1" },
  encodingHeader: "content-encoding",
  acceptEncodingHeader: "accept-encoding",
  timeoutHeader: "connect-timeout-ms",
  timeout: (ms) => String(Math.min(ms, MAX_TIMEOUT_MS)),
  envelopeBytes: 0,
  wantsTrailers: false,
  frame: (payload) => payload,
  read(response, readMaxBytes) {
    const body = unpack(response, readMaxBytes);
    return body instanceof Promise
      ? body.then((plain) => readPlain(response, plain))
      : readPlain(response, body);
  },
  header: ({ headers }) => toHeaders(headers, (name) => (name.startsWith(TRAILER_PREFIX) ? undefined : name)),
  trailer: ({ headers }) =>
    toHeaders(headers, (name) =>
      name.startsWith(TRAILER_PREFIX) ? name.slice(TRAILER_PREFIX.length) : undefined,
    ),
};

const STREAM_CONTENT_TYPE = "application/connect+proto";

/** Streams over Connect: each message in a frame, trailers and an error as JSON in the last. */
const connectStreamFormat: StreamFormat = {
  headers: { "content-type": STREAM_CONTENT_TYPE, "connect-protocol-version": "1" },
  encodingHeader: "connect-content-encoding",
  acceptEncodingHeader: "connect-accept-encoding",
  timeoutHeader: connectFormat.timeoutHeader,
  timeout: connectFormat.timeout,
  endFlag: endStreamFlag,
  header: ({ headers }) => toHeaders(headers),
  isStream: (headers) => headers[":status"] === 200 && headers["content-type"] === STREAM_CONTENT_TYPE,
  reject({ headers, body }) {
    if (headers[":status"] === 200) throw wrongContentType(headers);
    throw toError(headers, body, headers["content-type"]);
  },
  end(last, { headers }) {
    if (last === undefined) return undefined;
    const { metadata, error } = parseEnd(last);
    if (error === undefined) return metadata;
    const all = toHeaders(headers);
    for (const [name, value] of error.metadata) all.append(name, value);
    const described = new ConnectError(error.rawMessage, error.code, all);
    described.details = error.details;
    throw serverError(described);
  },
};

function parseEnd(bytes: Uint8Array): ReturnType<typeof endStreamFromJson> {
  try {
    return endStreamFromJson(bytes);
  } catch (cause) {
    throw faultError("malformed-response", "The end of the stream violates the protocol", { cause });
  }
}

/** If the body of an error cannot be decompressed, its status still counts. */
function unpack({ headers, body }: RawResponse, readMaxBytes: number): Uint8Array | Promise<Uint8Array> {
  const failed = headers[":status"] !== 200;
  try {
    if (!isCompressed(headerValue(headers, "content-encoding"))) return body;
  } catch (error) {
    if (failed) return NOTHING;
    throw error;
  }
  const unpacked = gunzip(body, readMaxBytes);
  return failed ? unpacked.catch(() => NOTHING) : unpacked;
}

function readPlain({ headers }: RawResponse, body: Uint8Array): Uint8Array {
  const contentType = headers["content-type"];
  if (headers[":status"] === 200) {
    if (contentType === CONTENT_TYPE) return body;
    throw wrongContentType(headers);
  }
  throw toError(headers, body, contentType);
}

function wrongContentType(headers: RawResponse["headers"]): ConnectError {
  return faultError("malformed-response", `The response has the content type ${headers["content-type"]}`, {
    metadata: toHeaders(headers),
  });
}

function toError(
  headers: RawResponse["headers"],
  body: Uint8Array,
  contentType: string | undefined,
): ConnectError {
  const metadata = toHeaders(headers, (name) =>
    name.startsWith(TRAILER_PREFIX) ? name.slice(TRAILER_PREFIX.length) : name,
  );
  const fallback = httpError(headers[":status"] ?? 0, excerpt(body, contentType), metadata);
  const json = contentType?.startsWith("application/json") === true ? parse(body) : undefined;
  // Zitadel's REST gateway also responds in JSON, but with numeric codes.
  if (typeof json?.code !== "string") return fallback;
  try {
    return serverError(errorFromJson(json as Parameters<typeof errorFromJson>[0], metadata, fallback));
  } catch {
    // errorFromJson() throws the fallback with the metadata duplicated.
    return fallback;
  }
}

function parse(body: Uint8Array): { readonly code?: unknown } | undefined {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(body));
    return typeof json === "object" && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}

/** Both kinds of calls over Connect. */
export const connectFormats: Formats = { unary: connectFormat, stream: connectStreamFormat };
