import { create, type DescMethod, type Message } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { defineToJson } from "../descriptor/to-json.ts";
import { toRequestError } from "../errors/to-zitadel-error.ts";
import { findFailure } from "../transport/faults/failure.ts";
import { withRequests } from "./layers.ts";
import { findMisshapen, findUnencodable } from "./request-shape.ts";

/**
 * Makes the message of a request.
 *
 * @throws ZitadelError (`InvalidArgument`) where something in it has another shape than its field
 */
export function createRequest(method: DescMethod, input: object | undefined): Message {
  const misshapen = input === undefined ? undefined : findMisshapen(method.input, input);
  if (misshapen !== undefined) throw toRequestError(misshapen, method);
  return create(method.input, input as Readonly<Record<string, unknown>> | undefined);
}

/**
 * Sends only requests that are made of what their fields take; what cannot be encoded fails with the name of its field.
 * `JSON.stringify` takes the responses.
 */
export function withMessages(transport: Transport): Transport {
  return withRequests(transport, {
    prepare: createRequest,
    onMessage: defineToJson,
    toError(error, method, message) {
      const known = findFailure(error);
      const mayBeEncoding = known?.origin !== "server" && known?.fault === undefined;
      const unencodable = mayBeEncoding ? findUnencodable(method.input, message) : undefined;
      return unencodable === undefined ? error : toRequestError(unencodable, method);
    },
  });
}
