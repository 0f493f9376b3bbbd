import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { Session } from "./model/session.ts";
import type { Store } from "./model/store.ts";
import { newAggregate, secretText, writeEvents } from "./store.ts";
import { issueToken } from "./tokens.ts";

/** Requests take tokens of sessions of at most 200 characters. */
const TOKEN_LENGTH = 86;

/** A session without checks, not stored yet. Sessions belong to the instance. */
export function newSession(store: Store, creatorId: string): Session {
  return {
    ...newAggregate(store, {
      aggregateType: "session",
      id: store.newId(),
      resourceOwner: store.instanceId,
    }),
    token: "",
    creatorId,
    user: undefined,
    password: undefined,
    metadata: new Map(),
    expiresAt: undefined,
  };
}

/** The session with an id. */
export function findSession(store: Store, id: string): Session {
  const session = store.sessions.get(id);
  if (session === undefined) throw zitadelError(Code.NotFound, "QUERY-SFeaa", "Session does not exist");
  return session;
}

/** Gives the session a new token, with which its user can call the API, in place of the last one. */
export function rotateToken(store: Store, session: Session): string {
  store.tokens.delete(session.token);
  const expiresAt = session.expiresAt ?? Number.POSITIVE_INFINITY;
  const userId = session.user?.userId ?? "";
  const token = { userId, expiresAt, forApi: true, issued: false };
  session.token = issueToken(store, token, secretText(TOKEN_LENGTH));
  return session.token;
}

/** Ends a session, and with it the tokens of applications that were signed in to by it. */
export function endSession(store: Store, session: Session): void {
  store.sessions.delete(session.id);
  store.tokens.delete(session.token);
  writeEvents(store, session, { type: "session.terminated" });
}
