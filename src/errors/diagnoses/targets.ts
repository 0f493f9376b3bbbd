import { Code } from "@connectrpc/connect";
import { TARGET_REFUSED, textMatches } from "../conditions.ts";
import type { Diagnosis } from "../diagnosis.ts";

const WHOSE =
  "This is not about roles or tokens: ask the operator of the target of this RPC's execution (actions v2).";
const RAN = "If the execution is for responses, the RPC has already run.";

/** Errors of calls caused by targets that Zitadel called. */
export const targetDiagnoses: readonly Diagnosis[] = [
  {
    ids: TARGET_REFUSED,
    meaning: "A target of the instance refused the call, with this code and text.",
    hint: `${WHOSE} ${RAN}`,
  },
  {
    ids: ["EXEC-dra6yamk98"],
    meaning: "A target that may interrupt calls responded with an HTTP status other than 2xx.",
    hint: `${WHOSE} ${RAN} See its log.`,
  },
  {
    code: Code.Unknown,
    origin: "server",
    when: textMatches('that a request of its own failed (`Post "http…`)', /^Post "https?:\/\//),
    meaning: "A target that may interrupt calls could not be reached, or did not respond within its timeout.",
    hint: `${WHOSE} ${RAN} Its address is in the text, which every caller of the RPC sees.`,
  },
  {
    code: Code.Unknown,
    origin: "server",
    when: textMatches(
      "that JSON is not valid",
      /^(proto:(\u00a0| )|invalid character |unexpected end of JSON)/,
    ),
    meaning: "A target responded with something other than the request or response of this RPC as JSON.",
    hint: `${WHOSE} ${RAN} Use respondWith() of zitadel-connect/webhooks, which creates the right response.`,
  },
];
