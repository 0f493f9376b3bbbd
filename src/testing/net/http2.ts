import {
  constants,
  createServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { cutSocket } from "./cut-socket.ts";
import {
  type FindStreamHandler,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  parseTarget,
  type StreamHandler,
} from "./http.ts";
import { readBody } from "./read-body.ts";

/** The settings that Zitadel announces. */
const SETTINGS = { maxConcurrentStreams: 250, initialWindowSize: 1 << 20, maxFrameSize: 1 << 20 } as const;

/** Creates a server for the sockets that are passed to it. */
export function createHttp2Server(
  scheme: HttpRequest["scheme"],
  handler: HttpHandler,
  findStream: FindStreamHandler = () => undefined,
): (socket: Socket) => void {
  const sockets = new WeakMap<Http2Session, Socket>();
  const server = createServer({ settings: SETTINGS });
  // A client may abort at any time.
  server.on("sessionError", () => {});
  server.on("stream", (stream, headers) => {
    const socket = stream.session === undefined ? undefined : sockets.get(stream.session);
    stream.on("error", () => {});
    const head = parseHead(headers);
    const streamed = findStream(head);
    const drop = (): void => {
      if (socket !== undefined) cutSocket(socket);
    };
    const done =
      streamed === undefined
        ? serve(handler, stream, { ...head, httpVersion: "2", scheme, drop })
        : serveStream(streamed, stream, head.headers);
    done.catch(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  });
  return (socket) => {
    // A session does not expose its socket; the server creates it synchronously.
    server.once("session", (session) => sockets.set(session, socket));
    server.emit("connection", socket);
  };
}

async function serve(
  handler: HttpHandler,
  stream: ServerHttp2Stream,
  request: Omit<HttpRequest, "body" | "signal">,
): Promise<void> {
  const gone = new AbortController();
  stream.on("close", () => {
    // Node finishes the writable side of a stream that the client has cancelled, so that does not tell.
    if (!stream.headersSent) gone.abort();
  });
  const response = await handler({ ...request, body: await readBody(stream), signal: gone.signal });
  if (response !== undefined && !stream.destroyed) write(stream, response);
}

async function serveStream(
  handler: StreamHandler,
  stream: ServerHttp2Stream,
  headers: Headers,
): Promise<void> {
  // A response may end before its request, and then needs the stream for its trailers.
  const response = handler(headers, stream.iterator({ destroyOnReturn: false }));
  respondWithTrailers(stream, { ":status": 200, ...Object.fromEntries(response.headers) }, response.trailers);
  await pipeline(Readable.from(response.body), stream);
}

function parseHead(headers: IncomingHttpHeaders): Pick<HttpRequest, "method" | "path" | "query" | "headers"> {
  return {
    ...parseTarget(headers[":path"] ?? "/"),
    method: headers[":method"] ?? "GET",
    headers: parseHeaders(headers),
  };
}

/** The pseudo-header `:authority` replaces `host`. */
function parseHeaders(headers: IncomingHttpHeaders): Headers {
  const result = new Headers();
  const authority = headers[":authority"];
  if (authority !== undefined) result.set("host", authority);
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(":") || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) result.append(name, one);
  }
  return result;
}

function write(stream: ServerHttp2Stream, { status, headers, body, trailers }: HttpResponse): void {
  const head = { ":status": status, ...Object.fromEntries(headers) };
  if (trailers === undefined) stream.respond(head);
  else respondWithTrailers(stream, head, () => trailers);
  stream.end(body);
}

function respondWithTrailers(
  stream: ServerHttp2Stream,
  head: OutgoingHttpHeaders,
  trailers: () => Headers,
): void {
  stream.respond(head, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(Object.fromEntries(trailers())));
}
