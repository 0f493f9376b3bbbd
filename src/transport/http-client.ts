import * as http from "node:http";
import * as https from "node:https";
import type { HttpClient, HttpRequest, HttpResponse } from "../shared/http-client.ts";
import { createDialAgent } from "./dial/agent.ts";
import type { DialOptions } from "./dial/dial.ts";

export interface HttpClientOptions {
  /** How to reach the only origin that requests go to. */
  readonly dial: DialOptions;
  /** Sent with every request. */
  readonly headers: Headers;
  /** How long one attempt to connect may take, in milliseconds. */
  readonly connectTimeoutMs: number;
}

/** Answers are small documents; more than this many bytes are not one. */
const MAX_BYTES = 1 << 20;

/** Sends single requests over HTTP/1.1, which every server and proxy speaks. Follows no redirects. */
export function createHttpClient({ dial, headers, connectTimeoutMs }: HttpClientOptions): HttpClient {
  const { origin } = dial;
  const { request } = origin.startsWith("https:") ? https : http;
  // They are hours apart, and repeated by who makes them: no connection is kept, none tried for twice.
  const agent = createDialAgent({ dial, connectTimeoutMs, patient: false, agent: { keepAlive: false } });
  return async (init) => {
    if (new URL(init.url).origin !== origin) {
      throw new TypeError(`A request to ${init.url} must stay at ${origin}`);
    }
    const { method, signal } = init;
    const options = { method, signal, agent, headers: { ...Object.fromEntries(headers), ...init.headers } };
    return await read(await send(request, init, options));
  };
}

function send(
  request: typeof https.request,
  { url, body }: HttpRequest,
  options: https.RequestOptions,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, options, resolve).on("error", reject).end(body);
  });
}

async function read(message: http.IncomingMessage): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`The answer is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return {
    status: message.statusCode ?? 0,
    headers: new Headers(pairs(message.rawHeaders)),
    text: Buffer.concat(chunks).toString("utf8"),
  };
}

function pairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? ""] as [string, string]] : []));
}
