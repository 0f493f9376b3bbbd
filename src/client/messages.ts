import type { DescMethod, Message } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import type { Interceptor, Transport } from "@connectrpc/connect";
import { defineToJson } from "../descriptor/to-json.ts";
import { toRequestError, toValidationError } from "../errors/to-zitadel-error.ts";
import { createMessage } from "../input/create-message.ts";
import { InputProblem } from "../input/input-problem.ts";
import { findUnencodable } from "../input/unencodable.ts";
import { findFailure } from "../transport/faults.ts";
import { withRequests } from "./layers.ts";

/**
 * Creates the message of a request.
 *
 * @throws ZitadelError (`InvalidArgument`) if a value is invalid for its field, or a field is unknown
 */
export function createRequest(method: DescMethod, input: object | undefined): Message {
  const message = createMessage(method.input, input);
  if (message instanceof InputProblem) throw toRequestError(message, method);
  return message;
}

/**
 * Only sends requests with valid fields; an error for a value that cannot be encoded names its field. Responses work with
 * `JSON.stringify`.
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

/** Validates the request after the interceptors, in the same way as one that a program passes. */
export const readIntercepted: Interceptor = (next) => (request) => {
  if (request.stream) return next({ ...request, message: readAll(request.method, request.message) });
  const message = createRequest(request.method, request.message);
  return next(message === request.message ? request : { ...request, message });
};

async function* readAll<T extends object>(method: DescMethod, messages: AsyncIterable<T>): AsyncIterable<T> {
  // createRequest() returns a message of the method's input type.
  for await (const message of messages) yield createRequest(method, message) as object as T;
}

/**
 * Validates requests against the rules of the API before they are sent. The rules, which are most of this code, are loaded by
 * the first call.
 */
export function withRequestValidation(transport: Transport): Transport {
  return withRequests(transport, {
    async prepare(method, input) {
      const { findViolation } = await import("../validation/violation.ts");
      const message = create(method.input, input as Readonly<Record<string, unknown>> | undefined);
      const violation = findViolation(method.input, message);
      if (violation !== undefined) throw toValidationError(violation, method);
      return message;
    },
  });
}
