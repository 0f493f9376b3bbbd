// Finds people who have not signed in for 90 days, from events, since users have no time of their last sign-in. With
// --deactivate, deactivates them. This needs the events of those days, so keep events for longer than that.
import { createZitadel, readEvents, toDate, type Zitadel } from "zitadel-connect";

/** The payload of each names the user that signed in, or the event is about that user. */
const SIGNS_OF_LIFE = [
  "session.user.checked",
  "oidc_session.added",
  "saml_session.added",
  "user.human.password.check.succeeded",
  "user.human.externallogin.check.succeeded",
];

export async function findInactiveUsers(zitadel: Zitadel, since: Date): Promise<string[]> {
  const active = new Set<string>();
  for await (const { payload, aggregate } of readEvents(zitadel, {
    from: since,
    eventTypes: SIGNS_OF_LIFE,
  })) {
    active.add(String(payload?.["userID"] ?? aggregate?.id));
  }
  const inactive: string[] = [];
  const people = { query: { case: "typeQuery", value: { type: "TYPE_HUMAN" } } } as const;
  const enabled = { query: { case: "stateQuery", value: { state: "USER_STATE_ACTIVE" } } } as const;
  for await (const { userId, details } of zitadel.user.v2.listUsers({ queries: [people, enabled] })) {
    const created = details?.creationDate && toDate(details.creationDate);
    if (created !== undefined && created < since && !active.has(userId)) inactive.push(userId);
  }
  return inactive;
}

if (process.argv[1] === import.meta.filename) {
  await using zitadel = createZitadel();
  for (const userId of await findInactiveUsers(zitadel, new Date(Date.now() - 90 * 86_400_000))) {
    if (process.argv.includes("--deactivate")) await zitadel.user.v2.deactivateUser({ userId });
    console.log(userId);
  }
}
