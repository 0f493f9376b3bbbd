import type { DescMethodUnary, Message } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import type { HttpRequest } from "../net/http.ts";

/** What a request was, once it was understood as a call, and what came of it. */
export interface CallRecord {
  readonly method: DescMethodUnary;
  readonly protocol: string;
  readonly message: Message;
  /** What the handler returned: a message, or the fields of one. */
  result?: unknown;
  error?: ConnectError;
}

const records = new WeakMap<HttpRequest, CallRecord>();

export function recordCall(request: HttpRequest, record: CallRecord): void {
  records.set(request, record);
}

/** `undefined` for what is no call, or was no well-formed one. */
export function findCall(request: HttpRequest): CallRecord | undefined {
  return records.get(request);
}
