import { Code } from "@connectrpc/connect";
import { textMatches } from "../conditions.ts";
import type { Diagnosis } from "../diagnosis.ts";

const DATABASE = {
  code: Code.Internal,
  meaning:
    "The server could not use its database, which passes when the database is restarted or fails over.",
  hint:
    "Repeat a read after a few seconds. If it was a write, it may have taken effect: read before repeating it. " +
    "If this goes on, check the server's database, and look for requestId in its log.",
  retryable: true,
} as const;

/** What happens inside the server. */
export const serverDiagnoses: readonly Diagnosis[] = [
  { ...DATABASE, ids: ["QUERY-AG4gs", "QUERY-aAZ1D", "SQL-KyeAx"] },
  {
    ...DATABASE,
    origin: "server",
    when: textMatches(
      "`db connection error` or `unable to set instance using origin`",
      /db connection error|unable to set instance using origin/,
    ),
  },
  {
    ...DATABASE,
    code: Code.Unknown,
    origin: "server",
    when: textMatches("`unknown database error`", /unknown database error/),
  },
  {
    code: Code.Internal,
    origin: "server",
    meaning: "The server failed; often its database could not be reached.",
    hint:
      "Look for requestId in the server's log, and check its database. " +
      "If it was a write, read before repeating it.",
    retryable: true,
  },
  {
    code: Code.Internal,
    meaning: "The call failed for a reason that was not foreseen.",
    hint: "The message and the cause tell more.",
  },
  {
    code: Code.Unknown,
    when: textMatches("`events2_pkey`: a write conflict", /events2_pkey/),
    meaning: "Another write on the same object came first. This one was rolled back.",
    hint: "Repeat the call, which is safe. If this happens often, write less in parallel on one object.",
    retryable: true,
  },
  {
    code: Code.Unknown,
    origin: "server",
    meaning: "The server failed and gives no reason.",
    hint: "Look for requestId in the server's log.",
  },
  {
    code: Code.Unknown,
    meaning: "The call failed for a reason that was not foreseen.",
    hint: "The message and the cause tell more.",
  },
];
