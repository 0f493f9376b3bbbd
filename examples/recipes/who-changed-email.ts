// Shows who set or verified a user's e-mail address, when, and what it was: node who-changed-email.ts USER_ID
import { createZitadel, readEvents, toDate, type Zitadel } from "zitadel-connect";

const EVENTS = [
  "user.human.added",
  "user.human.selfregistered",
  "user.human.email.changed",
  "user.human.email.verified",
];

export async function emailHistory(zitadel: Zitadel, userId: string): Promise<string[]> {
  const history: string[] = [];
  for await (const event of readEvents(zitadel, { aggregateId: userId, eventTypes: EVENTS })) {
    const { editor, payload, creationDate, type } = event;
    const time = creationDate === undefined ? "" : toDate(creationDate).toISOString();
    const who = editor?.displayName || editor?.userId || "unknown";
    const address = payload?.["email"] === undefined ? "" : ` ${payload["email"]}`;
    history.push(`${time} ${type?.type}${address} by ${who} (${editor?.userId})`);
  }
  return history;
}

if (process.argv[1] === import.meta.filename) {
  await using zitadel = createZitadel();
  console.log((await emailHistory(zitadel, process.argv[2] ?? "")).join("\n"));
}
