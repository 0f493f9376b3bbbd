import type { PgBoss } from "pg-boss";
import { bulk, createOnce, type Zitadel, ZitadelError } from "zitadel-connect";
import { type Chunk, type ChunkResult, FAILED, type FailedUser, jobId, type NewUser } from "./queue.ts";

/**
 * Imports the users of a chunk. It may be run again at any time, even concurrently: each user exists once, and a user
 * that cannot be imported is in the dead letters once.
 *
 * @throws if another attempt may help, in which case the queue runs the whole chunk again
 */
export async function importChunk(
  zitadel: Zitadel,
  boss: Pick<PgBoss, "insert">,
  { users }: Chunk,
  signal: AbortSignal,
): Promise<ChunkResult> {
  // The client's pace limits how many are in flight.
  const options = { concurrency: users.length, onError: "continue", signal } as const;
  const results = await bulk(users, (user) => importUser(zitadel, user, signal), options);
  const failed: FailedUser[] = [];
  for (const result of results) {
    if (result.status === "fulfilled") continue;
    if (isTransient(result.reason)) throw result.reason;
    failed.push({ user: result.item, error: describeError(result.reason) });
  }
  if (failed.length > 0) {
    await boss.insert(
      FAILED,
      failed.map((one) => ({ id: jobId(one.user), data: one })),
    );
  }
  const count = (outcome: string) =>
    results.filter((one) => one.status === "fulfilled" && one.value === outcome).length;
  return { created: count("created"), existed: count("existed"), failed: failed.length };
}

async function importUser(
  zitadel: Zitadel,
  user: NewUser,
  signal: AbortSignal,
): Promise<"created" | "existed"> {
  const { id: userId, organizationId, username, givenName, familyName, email } = user;
  const verification = { case: "isVerified", value: true } as const;
  const human = { profile: { givenName, familyName }, email: { email, verification } };
  return await createOnce(
    () =>
      zitadel.user.v2.createUser(
        { userId, organizationId, username, userType: { case: "human", value: human } },
        { signal },
      ),
    () => zitadel.user.v2.getUserByID({ userId }, { signal }),
  );
}

/** Errors that may be gone at the next attempt: network failures, a server that is down or overloaded, credentials. */
function isTransient(error: unknown): boolean {
  return !(error instanceof ZitadelError) || error.retryable || error.origin === "authentication";
}

function describeError(error: unknown): FailedUser["error"] {
  if (!(error instanceof ZitadelError)) return { message: String(error), hint: "" };
  return { id: error.id, message: error.rawMessage, hint: error.hint };
}
