import { create, type DescMethodUnary, type Message } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { defineToJson } from "../descriptor/to-json.ts";
import { toRequestError } from "../errors/to-zitadel-error.ts";
import { findFailure } from "../transport/faults/failure.ts";
import { withUnary } from "./layers.ts";
import { findMisshapen, findUnencodable } from "./request-shape.ts";

/**
 * Makes the message of a request.
 *
 * @throws ZitadelError (`InvalidArgument`) where something in it has another shape than its field
 */
export function createRequest(method: DescMethodUnary, input: object | undefined): Message {
  const misshapen = input === undefined ? undefined : findMisshapen(method.input, input);
  if (misshapen !== undefined) throw toRequestError(misshapen, method);
  return create(method.input, input as Readonly<Record<string, unknown>> | undefined);
}

/**
 * Sends only requests that are made of what their fields take; what cannot be encoded fails with the name of its field.
 * `JSON.stringify` takes the responses.
 */
export function withMessages(transport: Transport): Transport {
  return withUnary(transport, async (method, signal, timeoutMs, header, input, contextValues) => {
    const message = createRequest(method, input);
    try {
      const response = await transport.unary(
        method,
        signal,
        timeoutMs,
        header,
        message as typeof input,
        contextValues,
      );
      defineToJson(response.message);
      return response;
    } catch (error) {
      const known = findFailure(error);
      const mayBeEncoding = known?.origin !== "server" && known?.fault === undefined;
      const unencodable = mayBeEncoding ? findUnencodable(method.input, message) : undefined;
      throw unencodable === undefined ? error : toRequestError(unencodable, method);
    }
  });
}
