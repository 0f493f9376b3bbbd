import * as http from "node:http";
import * as https from "node:https";
import { type HttpResponse, MAX_HTTP_BYTES } from "../../shared/http-client.ts";
import type { PlainRequest } from "../network.ts";
import { readAll } from "../protocol/calls.ts";
import { http1Fault } from "./http1-fault.ts";

/** A request that is to be sent. */
export interface Http1Request {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<http.OutgoingHttpHeaders> | undefined;
  readonly body?: string | Uint8Array | undefined;
}

/** Sends one request over HTTP/1.1 and reads its response. */
export async function sendHttp1Request(
  request: PlainRequest,
  agent: http.Agent,
  signal: AbortSignal,
): Promise<HttpResponse> {
  try {
    const message = await openHttp1(request, agent, signal);
    const body = await readAll(message, MAX_HTTP_BYTES);
    const headers = new Headers(toPairs(message.rawHeaders));
    return { status: message.statusCode ?? 0, headers, text: body.toString("utf8") };
  } catch (error) {
    throw http1Fault(error);
  }
}

/** Sends a request. Resolves with its response, whose body is still to be read. */
export function openHttp1(
  { method, url, headers = {}, body }: Http1Request,
  agent: http.Agent,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  const { request } = url.startsWith("https:") ? https : http;
  return new Promise((resolve, reject) => {
    request(url, { method, signal, agent, headers }, resolve).on("error", reject).end(body);
  });
}

function toPairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? ""] as [string, string]] : []));
}
