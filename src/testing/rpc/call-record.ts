import type { DescMethodUnary, Message } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import type { HttpRequest } from "../net/http.ts";

/** A call and its result. */
export interface CallRecord {
  readonly method: DescMethodUnary;
  readonly protocol: string;
  readonly message: Message;
  /** The handler's result: a message, or its fields. */
  result?: unknown;
  error?: ConnectError;
}

const records = new WeakMap<HttpRequest, CallRecord>();

export function recordCall(request: HttpRequest, record: CallRecord): void {
  records.set(request, record);
}

/** Finds the call in a request. Undefined if it is malformed. */
export function findCall(request: HttpRequest): CallRecord | undefined {
  return records.get(request);
}
