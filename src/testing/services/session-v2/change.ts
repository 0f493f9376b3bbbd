import { type Duration, durationMs } from "@bufbuild/protobuf/wkt";
import type { Checks, CheckUser } from "../../../../gen/zitadel/session/v2/session_service_pb.js";
import type { Session } from "../../state/model/session.ts";
import type { Store } from "../../state/model/store.ts";
import type { User } from "../../state/model/user.ts";
import { checkPassword } from "../../state/passwords.ts";
import { rotateToken } from "../../state/sessions.ts";
import { touch } from "../../state/store.ts";
import { findUserByName, userNotFound } from "../../state/users.ts";

/** What the creation and the update of a session have in common. */
export interface SessionChange {
  readonly checks?: Checks | undefined;
  readonly metadata: Readonly<Record<string, Uint8Array>>;
  readonly lifetime?: Duration | undefined;
}

/** Runs the checks; each thing that changes is an event. Returns the session's new token. */
export function applyChange(
  store: Store,
  session: Session,
  { checks, metadata, lifetime }: SessionChange,
): string {
  if (checks?.user !== undefined) {
    const user = findUser(store, checks.user);
    session.user = { userId: user.id, verifiedAt: store.now() };
    touch(store, session);
  }
  if (checks?.password !== undefined) {
    const user = store.users.get(session.user?.userId ?? "");
    if (user === undefined) throw userNotFound("QUERY-Dfbg2");
    checkPassword(store, user, checks.password.password);
    session.password = { verifiedAt: store.now() };
    touch(store, session);
  }
  const entries = Object.entries(metadata);
  for (const [key, value] of entries) session.metadata.set(key, value);
  if (entries.length > 0) touch(store, session);
  if (lifetime !== undefined) {
    session.expiresAt = store.now() + durationMs(lifetime);
    touch(store, session);
  }
  touch(store, session);
  return rotateToken(store, session);
}

function findUser(store: Store, { search }: CheckUser): User {
  const name = search.value ?? "";
  const user = search.case === "loginName" ? findUserByName(store, name) : store.users.get(name);
  if (user === undefined) throw userNotFound("QUERY-Dfbg2");
  return user;
}
