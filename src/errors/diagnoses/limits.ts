import { Code } from "@connectrpc/connect";
import { responseTooLarge, textMatches } from "../conditions.ts";
import type { Diagnosis } from "../diagnosis.ts";

/** Too many requests, or too large ones. */
export const limitDiagnoses: readonly Diagnosis[] = [
  {
    code: Code.ResourceExhausted,
    ids: ["QUOTA-vjAy8", "LIMITS-molsj"],
    meaning: "The instance is blocked, or its quota is exhausted.",
    hint: "Ask the operator of this Zitadel about its limits or its subscription. Repeating the call does not help.",
  },
  {
    code: Code.ResourceExhausted,
    fault: "response-too-large",
    meaning: "The response is larger than readMaxBytes.",
    hint: "Ask for smaller pages, or raise readMaxBytes. If it was a write, it may have taken effect.",
  },
  {
    code: Code.ResourceExhausted,
    fault: "headers-too-large",
    meaning: "The request headers are larger than the server, or a proxy in front of it, accepts.",
    hint:
      "Check the size of the token (a JWT grows with the roles and metadata in it, an opaque token does not) and of " +
      "the headers added by the options, the call and interceptors; or raise the limit there.",
  },
  {
    code: Code.ResourceExhausted,
    fault: "rate-limited",
    meaning:
      "A proxy in front of Zitadel, or Zitadel itself before processing the call, reports too many requests.",
    hint: "Make fewer concurrent calls, or raise the limit there.",
    retryable: true,
  },
  {
    code: Code.ResourceExhausted,
    fault: "enhance-your-calm",
    meaning: "The server, or a proxy in front of it, reports that this client makes too many requests.",
    hint: "Make fewer concurrent calls. If it was a write, it may have taken effect: read before repeating it.",
    retryable: true,
  },
  {
    code: Code.ResourceExhausted,
    origin: "server",
    when: textMatches(
      "that it received a message larger than its maximum",
      /received message (after decompression )?larger than max|message after decompression larger than max/,
    ),
    meaning: "The request is larger than the server accepts over gRPC, and was not processed.",
    hint: "Send less at a time. Services that are served over Connect accept larger requests.",
  },
  {
    code: Code.ResourceExhausted,
    origin: "server",
    when: responseTooLarge,
    meaning: "The response is larger than the server can send over gRPC.",
    hint: "Ask for smaller pages. If it was a write, it may have taken effect.",
  },
  {
    code: Code.ResourceExhausted,
    meaning: "A limit of the server has been reached.",
    hint: "Make fewer concurrent calls; the message says which limit it is.",
    retryable: true,
  },
];
