import { bodyParsed, checkLength, readLimited } from "./body.ts";
import { type Receiver, receive } from "./receive.ts";
import { SIGNATURE_HEADER } from "./signature.ts";

/** Handles a web request. */
export async function handleWeb(request: Request, receiver: Receiver): Promise<Response> {
  const { headers } = request;
  const { maxBodyBytes } = receiver;
  const reply = await receive(
    {
      method: request.method,
      contentType: headers.get("content-type"),
      signature: headers.get(SIGNATURE_HEADER),
      readBody: () => {
        if (request.bodyUsed) throw bodyParsed();
        checkLength(headers.get("content-length"), maxBodyBytes);
        return readLimited(request.body ?? emptyBody(), maxBodyBytes);
      },
    },
    receiver,
  );
  return new Response(reply.body ?? null, reply);
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {}
