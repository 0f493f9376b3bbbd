import { checkLength, readLimited } from "./limited-body.ts";
import { type Receiver, receive } from "./receive.ts";
import { SIGNATURE_HEADER } from "./signature.ts";
import { WebhookError } from "./webhook-error.ts";

/** Answers a web request. */
export async function answerWeb(request: Request, receiver: Receiver, maxBytes: number): Promise<Response> {
  const { headers } = request;
  const { status, body } = await receive(
    {
      method: request.method,
      contentType: headers.get("content-type"),
      signature: headers.get(SIGNATURE_HEADER),
      readBody: async () => {
        if (request.bodyUsed) throw new WebhookError("body_unreadable", "the body was read before");
        checkLength(headers.get("content-length"), maxBytes);
        return await readLimited(request.body ?? emptyBody(), maxBytes);
      },
    },
    receiver,
  );
  return new Response(body ?? null, {
    status,
    headers: body === undefined ? {} : { "content-type": "application/json" },
  });
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {}
