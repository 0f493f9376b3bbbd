// Writes all users to users.csv and, from the second run on, only those that have changed since then to changes.csv.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createZitadel, followEvents, inChunks, latestEventCursor, type Zitadel } from "zitadel-connect";
import { type User, UserState } from "zitadel-connect/api/zitadel/user/v2/user_pb.js";

const toLine = (values: readonly unknown[]) =>
  values.map((value) => `"${String(value).replaceAll('"', '""')}"`).join(",");

export async function exportUsers(zitadel: Zitadel, directory: string): Promise<void> {
  const cursorFile = join(directory, "cursor.json");
  const lines = [toLine(["id", "state", "username", "email"])];
  const changed = new Set<string>();
  // Taken before the list is read, so that changes made meanwhile are repeated, and nothing is lost.
  let cursor = await latestEventCursor(zitadel);
  let users: AsyncIterable<User> = zitadel.user.v2.listUsers();
  const isFirst = !existsSync(cursorFile);
  if (!isFirst) {
    const after = JSON.parse(readFileSync(cursorFile, "utf8"));
    for await (const event of followEvents(zitadel, { after, aggregateTypes: ["user"], stopAtEnd: true })) {
      changed.add(event.aggregate?.id ?? "");
      cursor = event.cursor;
    }
    users = inChunks(changed, (userIds) =>
      zitadel.user.v2.listUsers({ queries: [{ query: { case: "inUserIdsQuery", value: { userIds } } }] }),
    );
  }
  for await (const { userId, state, username, type } of users) {
    changed.delete(userId);
    const email = type.case === "human" ? type.value.email?.email : "";
    lines.push(toLine([userId, UserState[state], username, email]));
  }
  for (const userId of changed) lines.push(toLine([userId, "removed", "", ""]));
  writeFileSync(join(directory, isFirst ? "users.csv" : "changes.csv"), `${lines.join("\n")}\n`);
  writeFileSync(cursorFile, JSON.stringify(cursor));
}

if (process.argv[1] === import.meta.filename) await exportUsers(createZitadel(), process.argv[2] ?? ".");
