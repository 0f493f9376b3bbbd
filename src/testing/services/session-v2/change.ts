import type { JsonObject } from "@bufbuild/protobuf";
import { type Duration, durationMs } from "@bufbuild/protobuf/wkt";
import type { Checks, CheckUser } from "../../../../gen/zitadel/session/v2/session_service_pb.js";
import type { NewEvent } from "../../state/event-log.ts";
import type { Session } from "../../state/model/session.ts";
import type { Store } from "../../state/model/store.ts";
import type { User } from "../../state/model/user.ts";
import { checkPassword } from "../../state/passwords.ts";
import { rotateToken } from "../../state/sessions.ts";
import { writeEvents } from "../../state/store.ts";
import { findUserByName, userNotFound } from "../../state/users.ts";

/** What the creation and the update of a session have in common. */
export interface SessionChange {
  readonly checks?: Checks | undefined;
  readonly metadata: Readonly<Record<string, Uint8Array>>;
  readonly lifetime?: Duration | undefined;
}

/** Runs the checks; each thing that changes is an event, of which none is written if a check fails. Returns the session's new token. */
export function applyChange(
  store: Store,
  session: Session,
  { checks, metadata, lifetime }: SessionChange,
): string {
  const events: NewEvent[] = session.sequence === 0 ? [{ type: "session.added" }] : [];
  const checkedAt = new Date(store.now()).toISOString();
  if (checks?.user !== undefined) {
    const user = findUser(store, checks.user);
    session.user = { userId: user.id, verifiedAt: store.now() };
    const payload = { userID: user.id, userResourceOwner: user.resourceOwner, checkedAt };
    events.push({ type: "session.user.checked", payload });
  }
  if (checks?.password !== undefined) {
    const user = store.users.get(session.user?.userId ?? "");
    if (user === undefined) throw userNotFound("QUERY-Dfbg2");
    checkPassword(store, user, checks.password.password);
    session.password = { verifiedAt: store.now() };
    events.push({ type: "session.password.checked", payload: { checkedAt } });
  }
  const entries = Object.entries(metadata);
  for (const [key, value] of entries) session.metadata.set(key, value);
  if (entries.length > 0)
    events.push({ type: "session.metadata.set", payload: { metadata: toJson(session) } });
  if (lifetime !== undefined) {
    session.expiresAt = store.now() + durationMs(lifetime);
    events.push({ type: "session.lifetime.set", payload: { lifetime: durationMs(lifetime) * 1e6 } });
  }
  events.push({ type: "session.token.set", payload: { tokenID: store.newId() } });
  writeEvents(store, session, ...events);
  return rotateToken(store, session);
}

function toJson({ metadata }: Session): JsonObject {
  return Object.fromEntries(
    [...metadata].map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
  );
}

function findUser(store: Store, { search }: CheckUser): User {
  const name = search.value ?? "";
  const user = search.case === "loginName" ? findUserByName(store, name) : store.users.get(name);
  if (user === undefined) throw userNotFound("QUERY-Dfbg2");
  return user;
}
