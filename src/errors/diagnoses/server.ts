import { Code } from "@connectrpc/connect";
import { textMatches } from "../conditions.ts";
import type { Diagnosis } from "../diagnosis.ts";

const DATABASE = {
  code: Code.Internal,
  meaning:
    "The server could not reach its database, often temporarily, while the database restarts or fails over.",
  hint:
    "Repeat a read after a few seconds. If it was a write, it may have taken effect: read before repeating it. " +
    "If this continues, check the server's database, and look for requestId in the server's log.",
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
    meaning: "The call failed for an unexpected reason.",
    hint: "See the message and the cause.",
  },
  {
    code: Code.Unknown,
    when: textMatches("`events2_pkey`: a write conflict", /events2_pkey/),
    meaning: "Another write to the same object came first. This one was rolled back.",
    hint: "It is safe to repeat the call. If this happens often, make fewer concurrent writes to the same object.",
    retryable: true,
  },
  {
    code: Code.Unknown,
    origin: "server",
    meaning: "The server failed without giving a reason.",
    hint: "Look for requestId in the server's log.",
  },
  {
    code: Code.Unknown,
    meaning: "The call failed for an unexpected reason.",
    hint: "See the message and the cause.",
  },
];
