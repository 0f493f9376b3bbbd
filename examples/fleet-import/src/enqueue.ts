// Puts the users of a file into the queue: one JSON object per line (see NewUser in queue.ts). Users that are already
// in the queue, from an earlier run, are not added again. `npm run enqueue -- users.ndjson`
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { batches, CHUNKS, jobId, type NewUser, openQueue } from "./queue.ts";

const USERS_PER_CHUNK = 100;
const CHUNKS_PER_INSERT = 50;
const FIELDS = ["id", "organizationId", "username", "givenName", "familyName", "email"] as const;

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("Which file? npm run enqueue -- users.ndjson");

async function* readUsers(path: string): AsyncGenerator<NewUser> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    number += 1;
    if (line.trim() !== "") yield parseUser(line, `${path}:${number}`);
  }
}

function parseUser(line: string, where: string): NewUser {
  const user = JSON.parse(line) as NewUser;
  for (const field of FIELDS) {
    if (typeof user[field] !== "string" || user[field] === "")
      throw new Error(`${where}: ${field} is missing`);
  }
  return user;
}

const boss = await openQueue();
let users = 0;
try {
  const chunks = batches(readUsers(file), USERS_PER_CHUNK);
  for await (const some of batches(chunks, CHUNKS_PER_INSERT)) {
    await boss.insert(
      CHUNKS,
      some.map((chunk) => ({ id: jobId(chunk), data: { users: chunk } })),
    );
    users += some.flat().length;
    if (process.stdout.isTTY) process.stdout.write(`\r${users} users`);
  }
  console.log(`\r${users} users are in the queue`);
} finally {
  await boss.stop();
}
