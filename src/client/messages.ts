import type { DescMethod, Message } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import type { Interceptor, Transport } from "@connectrpc/connect";
import { defineToJson } from "../descriptor/to-json.ts";
import { toRequestError, toValidationError } from "../errors/to-zitadel-error.ts";
import { InputProblem } from "../input/input-problem.ts";
import { createMessage } from "../input/message-reader.ts";
import { findUnencodable } from "../input/unencodable.ts";
import { findFailure } from "../transport/faults/failure.ts";
import { withRequests } from "./layers.ts";

/**
 * Makes the message of a request.
 *
 * @throws ZitadelError (`InvalidArgument`) where something in it is not what its field takes, or is no field
 */
export function createRequest(method: DescMethod, input: object | undefined): Message {
  const message = createMessage(method.input, input);
  if (message instanceof InputProblem) throw toRequestError(message, method);
  return message;
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

/** Reads what interceptors have made of a request, as it is read when a program passes it. */
export const readIntercepted: Interceptor = (next) => (request) => {
  if (request.stream) return next({ ...request, message: readAll(request.method, request.message) });
  const message = createRequest(request.method, request.message);
  return next(message === request.message ? request : { ...request, message });
};

async function* readAll<T extends object>(method: DescMethod, messages: AsyncIterable<T>): AsyncIterable<T> {
  // What is read is of the type that the method says.
  for await (const message of messages) yield createRequest(method, message) as object as T;
}

/**
 * Checks requests against the rules of the API before they are sent. The rules, which are most of the code for this, are
 * loaded at the first call.
 */
export function withRequestValidation(transport: Transport): Transport {
  return withRequests(transport, {
    async prepare(method, input) {
      const { violationOf } = await import("../validation/violation.ts");
      const message = create(method.input, input as Readonly<Record<string, unknown>> | undefined);
      const violation = violationOf(method.input, message);
      if (violation !== undefined) throw toValidationError(violation, method);
      return message;
    },
  });
}
