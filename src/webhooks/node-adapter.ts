import { bodyParsed, checkLength, readLimited, requireBytes, toBytes } from "./body.ts";
import { type Receiver, receive } from "./receive.ts";
import type { Reply } from "./reply.ts";
import { SIGNATURE_HEADER } from "./signature.ts";

/** A request of `node:http`: the parts that are read, including those that frameworks add. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly headers: {
    readonly [name: string]: string | string[] | undefined;
    readonly "content-type"?: string | undefined;
    readonly "content-length"?: string | undefined;
  };
  /** Whether the entire request has arrived. */
  readonly complete: boolean;
  /** Whether reading its body has begun. */
  readonly readableDidRead: boolean;
  /** Reads the body. */
  iterator(options?: { destroyOnReturn?: boolean }): AsyncIterable<Uint8Array>;
  readonly rawBody?: unknown;
  readonly body?: unknown;
}

/** A response of `node:http`: the parts that are used. */
export interface NodeResponse {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  setHeader(name: string, value: string): unknown;
  writeHead(status: number): { end(body?: string | Uint8Array): unknown };
}

/** Handles a request of `node:http`. `body` is the body if a framework has read it and keeps it elsewhere. */
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
 * The bytes of a body, wherever they are. Express 4 sets `body: {}` on requests that nobody has read, so a value
 * without bytes does not mean that the body has been consumed.
 */
function readBody(request: NodeRequest, given: unknown, maxBytes: number): Uint8Array | Promise<Uint8Array> {
  const read = [given, request.rawBody, request.body].find((body) => toBytes(body) !== undefined);
  if (read !== undefined) return requireBytes(read, maxBytes);
  if (request.readableDidRead) throw bodyParsed();
  checkLength(request.headers["content-length"], maxBytes);
  return readLimited(withoutDestroying(request), maxBytes);
}

/** Leaving a loop over a stream would destroy the socket that the response needs. */
function withoutDestroying(request: NodeRequest): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false });
}

function send(request: NodeRequest, response: NodeResponse, { status, headers, body }: Reply): void {
  if (response.headersSent || response.destroyed) return;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  // The unread rest of the body would be parsed as the next request.
  if (!request.complete) response.setHeader("connection", "close");
  // writeHead(), since Koa starts with the status 404.
  response.writeHead(status).end(body);
}
