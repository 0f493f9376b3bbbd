import { Code } from "@connectrpc/connect";
import { TARGET_REFUSED, textMatches } from "../conditions.ts";
import type { Diagnosis } from "../diagnosis.ts";

const WHOSE =
  "Not a matter of roles or tokens: ask whoever runs the target of this RPC's execution (actions v2).";
const RAN = "If the execution is one for responses, the RPC has run.";

/** What became of calls because of targets that Zitadel called about them. */
export const targetDiagnoses: readonly Diagnosis[] = [
  {
    ids: TARGET_REFUSED,
    meaning: "A target of the instance's own has refused the call, with this code and text.",
    hint: `${WHOSE} ${RAN}`,
  },
  {
    ids: ["EXEC-dra6yamk98"],
    meaning: "A target that may interrupt calls responded with another HTTP status than 2xx.",
    hint: `${WHOSE} ${RAN} Its log tells more.`,
  },
  {
    code: Code.Unknown,
    origin: "server",
    when: textMatches('that a request of its own failed (`Post "http…`)', /^Post "https?:\/\//),
    meaning: "A target that may interrupt calls could not be reached, or did not respond within its timeout.",
    hint: `${WHOSE} ${RAN} Its address is in the text, which every caller of the RPC gets.`,
  },
  {
    code: Code.Unknown,
    origin: "server",
    when: textMatches(
      "that JSON is not valid",
      /^(proto:(\u00a0| )|invalid character |unexpected end of JSON)/,
    ),
    meaning: "A target responded with something else than the request, or response, of this RPC as JSON.",
    hint: `${WHOSE} ${RAN} respondWith() of zitadel-connect/webhooks makes the right one.`,
  },
];
