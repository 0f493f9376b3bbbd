import * as http from "node:http";
import * as https from "node:https";
import type { HttpClient, HttpRequest, HttpResponse } from "../auth/auth-method.ts";
import { type TlsOptions, tlsSettings } from "./tls.ts";

export interface HttpClientOptions {
  /** The only origin that requests go to. */
  readonly origin: string;
  /** Sent with every request. */
  readonly headers: Headers;
  readonly tls: TlsOptions;
}

/** Answers are small documents; more than this many bytes are not one. */
const MAX_BYTES = 1 << 20;

/** Sends single requests over HTTP/1.1, which every server and proxy speaks. Follows no redirects. */
export function createHttpClient({ origin, headers, tls }: HttpClientOptions): HttpClient {
  const { request } = origin.startsWith("https:") ? https : http;
  return async (init) => {
    if (new URL(init.url).origin !== origin) {
      throw new TypeError(`A request to ${init.url} must stay at ${origin}`);
    }
    const message = await send(request, init, { ...Object.fromEntries(headers), ...init.headers }, tls);
    return await read(message);
  };
}

function send(
  request: typeof https.request,
  { url, method, body, signal }: HttpRequest,
  headers: Record<string, string>,
  tls: TlsOptions,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { method, headers, signal, ...tlsSettings(tls) };
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
