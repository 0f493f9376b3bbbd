import { bodyParsed, checkLength, readLimited, requireBytes, toBytes } from "./body.ts";
import { type Receiver, receive } from "./receive.ts";
import type { Reply } from "./reply.ts";
import { SIGNATURE_HEADER } from "./signature.ts";

/** A request of `node:http`, as far as it is looked at, with what frameworks add to it. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly headers: {
    readonly [name: string]: string | string[] | undefined;
    readonly "content-type"?: string | undefined;
    readonly "content-length"?: string | undefined;
  };
  /** Whether all of it has arrived. */
  readonly complete: boolean;
  /** Whether somebody has begun to read its body. */
  readonly readableDidRead: boolean;
  /** Reads the body. */
  iterator(options?: { destroyOnReturn?: boolean }): AsyncIterable<Uint8Array>;
  readonly rawBody?: unknown;
  readonly body?: unknown;
}

/** A response of `node:http`, as far as it is used. */
export interface NodeResponse {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  setHeader(name: string, value: string): unknown;
  writeHead(status: number): { end(body?: string | Uint8Array): unknown };
}

/** Handles a request of `node:http`. `body` is what a framework has read and keeps elsewhere. */
export async function handleNode(
  request: NodeRequest,
  response: NodeResponse,
  body: unknown,
  receiver: Receiver,
): Promise<void> {
  const { method, headers } = request;
  const reply = await receive(
    {
      method,
      contentType: headers["content-type"],
      signature: headers[SIGNATURE_HEADER],
      readBody: () => readBody(request, body, receiver.maxBodyBytes),
    },
    receiver,
  );
  send(request, response, reply);
}

/**
 * The bytes of a body, wherever they are. Express 4 has `body: {}` on requests of which nobody has read anything, so what
 * is no bytes does not say that the body is gone.
 */
function readBody(request: NodeRequest, given: unknown, maxBytes: number): Uint8Array | Promise<Uint8Array> {
  const read = [given, request.rawBody, request.body].find((body) => toBytes(body) !== undefined);
  if (read !== undefined) return requireBytes(read, maxBytes);
  if (request.readableDidRead) throw bodyParsed();
  checkLength(request.headers["content-length"], maxBytes);
  return readLimited(withoutDestroying(request), maxBytes);
}

/** Leaving a loop over a stream would destroy the socket, on which the response goes out. */
function withoutDestroying(request: NodeRequest): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false });
}

function send(request: NodeRequest, response: NodeResponse, { status, headers, body }: Reply): void {
  if (response.headersSent || response.destroyed) return;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  // What was not read of a body would be taken for the next request.
  if (!request.complete) response.setHeader("connection", "close");
  // Koa has decided on 404 until then.
  response.writeHead(status).end(body);
}
