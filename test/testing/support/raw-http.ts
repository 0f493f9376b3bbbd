import { once } from "node:events";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import { buffer } from "node:stream/consumers";

export interface RawRequest {
  readonly httpVersion: "1.1" | "2";
  readonly method?: string | undefined;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | string | undefined;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly trailers: Headers;
  readonly body: Buffer;
}

/** Sends one request with nothing but Node between the test and the wire. */
export async function send(origin: string, request: RawRequest): Promise<RawResponse> {
  return request.httpVersion === "2" ? await sendHttp2(origin, request) : await sendHttp1(origin, request);
}

async function sendHttp1(
  origin: string,
  { method = "POST", path, headers = {}, body }: RawRequest,
): Promise<RawResponse> {
  const { protocol, hostname, port } = new URL(origin);
  const { request: open } = protocol === "https:" ? https : http;
  const request = open({ hostname, port, method, path, headers });
  request.end(body);
  const [message] = (await once(request, "response")) as [http.IncomingMessage];
  const content = await buffer(message);
  return {
    status: message.statusCode ?? 0,
    headers: toHeaders(message.headers),
    trailers: toHeaders(message.trailers),
    body: content,
  };
}

async function sendHttp2(
  origin: string,
  { method = "POST", path, headers = {}, body }: RawRequest,
): Promise<RawResponse> {
  const session = http2.connect(origin);
  const { host, ...rest } = headers;
  const authority = host === undefined ? {} : { ":authority": host };
  try {
    const stream = session.request({ ":method": method, ":path": path, ...authority, ...rest });
    const trailers = new Headers();
    stream.on("trailers", (fields) => {
      for (const [name, value] of toHeaders(fields)) trailers.append(name, value);
    });
    stream.end(body);
    // Node ends a stream without an error when its connection is cut.
    const cut = new AbortController();
    stream.on("close", () => cut.abort());
    const [fields] = (await once(stream, "response", { signal: cut.signal })) as [http2.IncomingHttpHeaders];
    const content = await buffer(stream);
    return { status: Number(fields[":status"]), headers: toHeaders(fields), trailers, body: content };
  } finally {
    session.close();
  }
}

function toHeaders(fields: NodeJS.Dict<string | string[] | number>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || name.startsWith(":")) continue;
    for (const one of [value].flat()) headers.append(name, String(one));
  }
  return headers;
}
