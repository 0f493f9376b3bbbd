import { type Message, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { decode as decodeMessage } from "../../decoding/decode.ts";
import type { Call, CallMethod } from "../call.ts";
import { faultError } from "../faults/failure.ts";

/** Encodes the message of a request. */
export function encode({ method, message }: Call): Uint8Array {
  try {
    return toBinary(method.input, message);
  } catch (cause) {
    const message = `The request cannot be encoded: ${cause instanceof Error ? cause.message : cause}`;
    throw new ConnectError(message, Code.InvalidArgument, undefined, undefined, cause);
  }
}

/** Decodes the message of a response. */
export function decode({ output }: CallMethod, bytes: Uint8Array): Message {
  try {
    return decodeMessage(output, bytes);
  } catch (cause) {
    throw faultError("malformed-response", `The response is not a ${output.typeName}`, { cause });
  }
}
