import * as http from "node:http";
import * as https from "node:https";
import { type HttpResponse, MAX_HTTP_BYTES } from "../../shared/http-client.ts";
import { faultError } from "../faults/fault-error.ts";
import type { PlainRequest } from "../network.ts";
import { http1Error } from "./foreign-transport.ts";

/** Sends one request over HTTP/1.1 and reads its response. */
export async function sendHttp1Request(
  { method, url, headers, body }: PlainRequest,
  agent: http.Agent,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const { request } = url.startsWith("https:") ? https : http;
  try {
    const message = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request(url, { method, signal, agent, headers }, resolve).on("error", reject).end(body);
    });
    return await read(message);
  } catch (error) {
    throw http1Error(error);
  }
}

async function read(message: http.IncomingMessage): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_HTTP_BYTES) {
      throw faultError("response-too-large", `The response is larger than ${MAX_HTTP_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return {
    status: message.statusCode ?? 0,
    headers: new Headers(toPairs(message.rawHeaders)),
    text: Buffer.concat(chunks).toString("utf8"),
  };
}

function toPairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? ""] as [string, string]] : []));
}
