import { once } from "node:events";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import type { Certificate } from "./certificate.ts";

/** A request that has come to a {@link ReverseProxy}. Its body is still arriving. */
export interface ProxiedRequest {
  readonly stream: http2.ServerHttp2Stream;
  readonly headers: http2.IncomingHttpHeaders;
  /** Its number among all requests, from 1. */
  readonly number: number;
}

/** Returns whether it has responded itself; otherwise the next rule applies. */
export type Rule = (request: ProxiedRequest) => boolean;

export interface ReverseProxyOptions {
  /** The server behind it, which speaks HTTP/2. Its certificate is not verified. */
  readonly upstream: string;
  /** The first rule that responds applies. Default: all requests are forwarded. */
  readonly rules?: readonly Rule[] | undefined;
  /** Drops the trailers of responses, as a hop over HTTP/1.1 does. Default: false. */
  readonly dropsTrailers?: boolean | undefined;
  /** The certificate for TLS, and then HTTP/2 only. Default: plain text. */
  readonly certificate?: Certificate | undefined;
}

/** A proxy between a client and a server: it forwards, responds or fails as it is told to. */
export interface ReverseProxy extends AsyncDisposable {
  readonly origin: string;
  /** The requests that came, by content type and path, the oldest first. */
  readonly seen: { readonly path: string; readonly contentType: string | undefined }[];
  /** The open connections. */
  readonly sessions: ReadonlySet<http2.ServerHttp2Session>;
}

export async function startReverseProxy(options: ReverseProxyOptions): Promise<ReverseProxy> {
  const { upstream, rules = [], certificate } = options;
  const server =
    certificate === undefined
      ? http2.createServer()
      : http2.createSecureServer({ ...certificate, allowHTTP1: false });
  const behind = http2.connect(upstream, { rejectUnauthorized: false });
  behind.on("error", () => {});
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => {}).once("close", () => sessions.delete(session));
  });
  server.on("sessionError", () => {});
  const seen: { path: string; contentType: string | undefined }[] = [];
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    seen.push({ path: headers[":path"] ?? "", contentType: headers["content-type"] });
    const request = { stream, headers, number: seen.length };
    if (!rules.some((rule) => rule(request))) pass(request, behind, options);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${certificate === undefined ? "http" : "https"}://localhost:${port}`,
    seen,
    sessions,
    async [Symbol.asyncDispose]() {
      behind.destroy();
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pass(
  { stream, headers }: ProxiedRequest,
  behind: http2.ClientHttp2Session,
  { dropsTrailers = false }: ReverseProxyOptions,
): void {
  const onward = behind.request(headers);
  onward.on("error", () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
  stream.once("close", () => onward.close(http2.constants.NGHTTP2_CANCEL));
  let trailers: http2.IncomingHttpHeaders = {};
  onward.on("trailers", (fields) => {
    trailers = fields;
  });
  onward.once("response", (fields, flags) => {
    if (stream.destroyed) return;
    const endStream = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    stream.respond(fields, { endStream, waitForTrailers: !endStream });
    stream.once("wantTrailers", () => stream.sendTrailers(dropsTrailers ? {} : trailers));
    onward.pipe(stream);
  });
  stream.pipe(onward);
}

/** Whether it is gRPC proper, and not gRPC-web. */
function isGrpc(contentType: string | undefined): boolean {
  return /^application\/grpc($|[+;])/.test(contentType ?? "");
}

/** Responds to every request, in place of the server. */
export function respondsInstead(
  status: number,
  contentType: string | undefined,
  text: string,
  headers: () => http2.OutgoingHttpHeaders = () => ({}),
): Rule {
  return ({ stream }) => {
    const type = contentType === undefined ? {} : { "content-type": contentType };
    stream.respond({ ":status": status, ...type, ...headers() });
    stream.end(text);
    stream.resume();
    return true;
  };
}

function forGrpc(rule: Rule): Rule {
  return (request) => isGrpc(request.headers["content-type"]) && rule(request);
}

/** An AWS load balancer whose targets speak HTTP/1.1: 464 for gRPC, an empty page. */
export const refusesGrpcAsAlb: Rule = forGrpc(respondsInstead(464, "text/html", ""));

/** A content delivery network or firewall that blocks gRPC. */
export function refusesGrpcAs(status: 403 | 404 | 415): Rule {
  return forGrpc(respondsInstead(status, "text/html", "<html><body>Blocked</body></html>"));
}

/** Traefik and other routers in Go that have no route for the host. */
export const knowsNoSuchHost: Rule = respondsInstead(
  404,
  "text/plain; charset=utf-8",
  "404 page not found\n",
);

/** Refuses the streams for which `applies` is true with REFUSED_STREAM, which means that nothing was processed. */
export function refusesStreams(applies: (request: ProxiedRequest) => boolean): Rule {
  return (request) => {
    if (!applies(request)) return false;
    request.stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
    return true;
  };
}
