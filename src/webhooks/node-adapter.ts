import type { IncomingMessage, ServerResponse } from "node:http";
import { checkLength, readLimited } from "./limited-body.ts";
import { type Receiver, type Reply, receive } from "./receive.ts";
import { SIGNATURE_HEADER } from "./signature.ts";
import { WebhookError } from "./webhook-error.ts";

/** Answers a request of `node:http`. */
export async function answerNode(
  request: IncomingMessage & { readonly rawBody?: unknown },
  response: ServerResponse,
  receiver: Receiver,
  maxBytes: number,
): Promise<void> {
  const { headers } = request;
  const signature = headers[SIGNATURE_HEADER];
  const reply = await receive(
    {
      method: request.method,
      contentType: headers["content-type"],
      signature: Array.isArray(signature) ? signature.join(",") : signature,
      readBody: async () => {
        checkLength(headers["content-length"], maxBytes);
        // Express and cloud functions can leave the bytes there, before they parse them.
        if (request.rawBody instanceof Uint8Array) return request.rawBody;
        if (request.readableEnded) throw new WebhookError("body_unreadable", "the body was read before");
        return await readLimited(withoutDestroying(request), maxBytes);
      },
    },
    receiver,
  );
  send(request, response, reply);
}

/** Leaving a loop over a stream would destroy the socket, on which the answer goes out. */
function withoutDestroying(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false });
}

function send(request: IncomingMessage, response: ServerResponse, { status, body }: Reply): void {
  if (response.headersSent || response.destroyed) return;
  if (body !== undefined) response.setHeader("content-type", "application/json");
  // What was not read of a body would be taken for the next request.
  if (!request.complete) response.setHeader("connection", "close");
  response.writeHead(status).end(body);
}
