import {
  constants,
  createServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { cutSocket } from "./cut-socket.ts";
import { type HttpHandler, type HttpRequest, type HttpResponse, parseTarget } from "./http.ts";

/** What a Zitadel announces. */
const SETTINGS = { maxConcurrentStreams: 250, initialWindowSize: 1 << 20, maxFrameSize: 1 << 20 } as const;

/** Serves the sockets that it is called with. */
export function createHttp2Server(
  scheme: HttpRequest["scheme"],
  handler: HttpHandler,
): (socket: Socket) => void {
  const sockets = new WeakMap<Http2Session, Socket>();
  const server = createServer({ settings: SETTINGS });
  // A client that breaks off is its own business.
  server.on("sessionError", () => {});
  server.on("stream", (stream, headers) => {
    const socket = stream.session === undefined ? undefined : sockets.get(stream.session);
    stream.on("error", () => {});
    const answered = serve(scheme, handler, stream, headers, () => socket !== undefined && cutSocket(socket));
    answered.catch(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  });
  return (socket) => {
    // A session has no way to its socket; the server makes it at once.
    server.once("session", (session) => sockets.set(session, socket));
    server.emit("connection", socket);
  };
}

async function serve(
  scheme: HttpRequest["scheme"],
  handler: HttpHandler,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  drop: HttpRequest["drop"],
): Promise<void> {
  const gone = new AbortController();
  stream.on("close", () => gone.abort());
  const answer = await handler({
    ...parseTarget(headers[":path"] ?? "/"),
    method: headers[":method"] ?? "GET",
    headers: requestHeaders(headers),
    body: await buffer(stream),
    httpVersion: "2",
    scheme,
    signal: gone.signal,
    drop,
  });
  if (answer !== undefined && !stream.destroyed) write(stream, answer);
}

/** The pseudo header for the authority takes the place of `host`. */
function requestHeaders(headers: IncomingHttpHeaders): Headers {
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
  if (trailers === undefined) {
    stream.respond(head);
  } else {
    stream.respond(head, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers(Object.fromEntries(trailers)));
  }
  stream.end(body);
}
