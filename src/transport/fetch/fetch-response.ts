import type { IncomingHttpHeaders } from "node:http2";
import type { CallContext } from "../context/call-context.ts";
import type { RawResponse } from "../protocol/wire-format.ts";
import { bodyFault } from "./fetch-fault.ts";

/** The headers of a response as the protocols read them. `fetch` has decompressed the body, and still says how. */
export function toRawHeaders({ status, headers }: Response): RawResponse["headers"] {
  const raw: IncomingHttpHeaders = {};
  for (const [name, value] of headers) if (name !== "content-encoding") raw[name] = value;
  return Object.assign(raw, { ":status": status });
}

/** The body of a response as it comes. Whoever stops reading ends the request. */
export async function* readChunks({ body }: Response, context: CallContext): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  try {
    for await (const chunk of body) yield chunk;
  } catch (error) {
    throw context.ended ?? bodyFault(error);
  }
  if (context.ended !== undefined) throw context.ended;
}
