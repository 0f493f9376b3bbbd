/**
 * Imports 10,000 users, with a progress bar on a terminal. Can be stopped at any time (Ctrl-C) and run again: it
 * continues where it stopped, and does not change existing users. Runs on the instance that the environment names
 * (`ZITADEL_API_URL` and a credential), else on an emulator.
 *
 * node examples/import-users.ts [how many] [file for the progress]
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import {
  BulkError,
  type BulkProgress,
  bulk,
  Code,
  createZitadel,
  privateKeyJwt,
  type Zitadel,
  ZitadelError,
} from "zitadel-connect";
import { startEmulator } from "zitadel-connect/testing";

const count = Number(process.argv[2] ?? 10_000);
const progressFile = process.argv[3] ?? "import-users.progress";

interface Person {
  readonly username: string;
  readonly givenName: string;
  readonly familyName: string;
}

/** Stands for what a real import reads from a file or a database. */
function* people(skip: number): Generator<Person> {
  for (let number = skip + 1; number <= count; number++) {
    const id = String(number).padStart(6, "0");
    yield { username: `import-${id}`, givenName: "Ada", familyName: `Number ${id}` };
  }
}

async function importUsers(zitadel: Zitadel): Promise<void> {
  const skip = existsSync(progressFile) ? Number(readFileSync(progressFile, "utf8")) : 0;
  if (skip > 0) console.log(`Continuing after ${skip} users (${progressFile}).`);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort(new Error("stopped")));

  const started = performance.now();
  let created = 0;
  const progress = new Progress(skip);
  try {
    await bulk(
      people(skip),
      async (person, { index, signal }) => {
        if (await create(zitadel, person, signal)) created += 1;
        progress.done(index);
      },
      {
        concurrency: 32,
        signal: stop.signal,
        total: count - skip,
        onProgress: (progress) => drawBar(skip, progress),
      },
    );
    rmSync(progressFile, { force: true });
  } catch (error) {
    progress.save();
    if (!(error instanceof BulkError)) throw error;
    console.error(`\n${error.message}. Run it again to continue.`);
    process.exitCode = 1;
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(`\n✓ ${created} users created in ${seconds.toFixed(1)} s`);
}

/** Creates a user; returns whether it is new. */
async function create(zitadel: Zitadel, person: Person, signal: AbortSignal): Promise<boolean> {
  const { username, givenName, familyName } = person;
  try {
    await zitadel.user.v2.addHumanUser(
      {
        username,
        profile: { givenName, familyName },
        email: { email: `${username}@example.com`, verification: { case: "isVerified", value: true } },
      },
      { signal },
    );
    return true;
  } catch (error) {
    if (error instanceof ZitadelError && error.code === Code.AlreadyExists) return false;
    throw error;
  }
}

/** Remembers the point up to which all users are done, since they finish in a different order than they start. */
class Progress {
  readonly #skipped: number;
  readonly #ahead = new Set<number>();
  #next = 0;
  #saved = 0;

  constructor(skipped: number) {
    this.#skipped = skipped;
  }

  done(index: number): void {
    this.#ahead.add(index);
    while (this.#ahead.delete(this.#next)) this.#next += 1;
    // What was done after the last save is repeated by the next run, which finds the users.
    if (this.#next - this.#saved >= 100) this.save();
  }

  save(): void {
    this.#saved = this.#next;
    writeFileSync(progressFile, String(this.#skipped + this.#next));
  }
}

function drawBar(skipped: number, { done, perSecond, remainingMs }: BulkProgress): void {
  if (!process.stdout.isTTY) return;
  const width = 40;
  const filled = Math.round(((skipped + done) / count) * width);
  const bar = "█".repeat(filled) + "░".repeat(width - filled);
  const left = remainingMs === undefined ? "" : `, ${Math.ceil(remainingMs / 1000)} s left`;
  process.stdout.write(`\r${bar} ${skipped + done} of ${count}, ${perSecond.toFixed(0)} a second${left}  `);
}

if (process.env["ZITADEL_API_URL"]) {
  await using zitadel = createZitadel();
  await importUsers(zitadel);
} else {
  await using emulator = await startEmulator();
  await using zitadel = createZitadel({
    url: emulator.url,
    auth: privateKeyJwt({ key: emulator.serviceUser.keyFile }),
  });
  await importUsers(zitadel);
}
