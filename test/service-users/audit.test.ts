import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createZitadel, personalAccessToken, privateKeyJwt, type Zitadel } from "../../src/index.ts";
import {
  auditServiceUsers,
  listServiceUsers,
  type ServiceUserSummary,
} from "../../src/service-users/index.ts";
import { type Emulator, type ServiceUser, startEmulator } from "../../src/testing/index.ts";
import { withoutV2 } from "./support/interruptions.ts";

const DAY_MS = 24 * 3_600_000;

describe("the inventory of service users", () => {
  let emulator: Emulator;
  let admin: Zitadel;
  let old: ServiceUser;
  let young: ServiceUser;
  let laterKey: string;
  /** The age of each credential, by the emulator's clock. */
  let agoMs = 120 * DAY_MS;
  before(async () => {
    emulator = await startEmulator({ clock: { now: () => Date.now() - agoMs } });
    admin = createZitadel({ url: emulator.url, auth: personalAccessToken(emulator.serviceUser) });
    old = await emulator.createServiceUser({ username: "old", roles: ["ORG_OWNER"] });
    await signIn(old);
    agoMs = 50 * DAY_MS;
    young = await emulator.createServiceUser({ username: "young" });
    await signIn(young);
    agoMs = 10 * DAY_MS;
    const expirationDate = new Date(Date.now() + 365 * DAY_MS);
    ({ keyId: laterKey } = await admin.user.v2.addKey({ userId: young.userId, expirationDate }));
    agoMs = 0;
  });
  after(async () => {
    await admin.close();
    await emulator.close();
  });

  it("contains age, expiry, roles and last use of every key, secret and token", async () => {
    const { users, usageSince } = await listServiceUsers(admin, { usernames: ["old", "young"] });
    assert.ok(usageSince !== undefined);
    const [first, second] = [find(users, "old"), find(users, "young")];
    const { organizationId } = old;
    assert.deepEqual(first.memberships, [
      { place: { level: "organization", organizationId }, roles: ["ORG_OWNER"] },
    ]);
    assert.deepEqual(describeUse(first), [
      "key 120 never none",
      "secret 120 never none",
      "pat 120 never unknown",
    ]);
    assert.deepEqual(describeUse(second).sort(), [
      "key 10 365 none",
      "key 50 never exact 50",
      "pat 50 never unknown",
      "secret 50 never none",
    ]);
  });

  it("does not say which of several keys was used, since events do not", async () => {
    await signIn(young);
    const { users } = await listServiceUsers(admin, { usernames: ["young"] });
    const keys = find(users, "young").credentials.filter(({ method }) => method === "key");
    assert.deepEqual(
      keys.map(({ lastUse }) => lastUse.kind),
      ["shared", "shared"],
    );
  });

  it("contains the caller itself if it has no role, and reports that uses are unknown", async () => {
    await using self = createZitadel({ url: emulator.url, auth: privateKeyJwt({ key: young.keyFile }) });
    const { users, usageSince } = await listServiceUsers(self);
    assert.deepEqual([users.map(({ username }) => username), usageSince], [["young"], undefined]);
    const { notes } = await auditServiceUsers(self);
    assert.deepEqual(notes, [
      "Whether credentials are used is not known: reading events needs events.read (IAM_OWNER_VIEWER)",
    ]);
  });

  it("is the same on a server with v1 only", async (t) => {
    const today = await listServiceUsers(admin, { usernames: ["old"], usage: false });
    t.after(withoutV2(emulator));
    const v1 = await listServiceUsers(admin, { usernames: ["old"], usage: false });
    assert.deepEqual(v1.users, today.users);
  });

  it("is audited: each rule finds what it is for, and nothing else", async () => {
    const findings = await listFindings({ usernames: ["old", "young"] });
    const pat = "could be a key";
    assert.deepEqual(
      findings.filter((line) => line.includes("of old")),
      [
        `no-expiry the key never expires`,
        "no-expiry the client secret never expires, like all secrets",
        "no-expiry the personal access token never expires",
        "old-credential the client secret is 120 days old",
        "old-credential the key is 120 days old",
        "old-credential the personal access token is 120 days old",
        `personal-access-token the personal access token ${pat}`,
        "unused-credential the client secret has obtained no token since",
        "unused-credential the key has obtained no token since",
      ]
        .map((line) => line.replace(/(token|key|secret) (is|could|has|never)/, "$1 of old $2"))
        .sort(),
    );
    assert.deepEqual(
      findings.filter((line) => line.includes("of young")).map((line) => line.split(" ")[0]),
      ["no-expiry", "no-expiry", "no-expiry", "personal-access-token"],
    );
    assert.ok(!findings.some((line) => line.includes(laterKey)));
  });

  it("reports IAM_OWNER, and accepts other limits and fewer rules", async () => {
    const ignore = ["no-expiry", "personal-access-token", "unused-credential"] as const;
    assert.deepEqual(await listFindings({ usernames: ["service-user"], maxAgeDays: 200, ignore }), [
      "iam-owner service-user is IAM_OWNER on the instance",
    ]);
    assert.deepEqual((await auditServiceUsers(admin, { usernames: ["old"], ignore })).notes, []);
    const young40 = await listFindings({ usernames: ["young"], maxAgeDays: 40, ignore });
    assert.deepEqual(
      young40.map((line) => line.split(" ")[0]),
      ["old-credential", "old-credential", "old-credential"],
    );
  });

  it("includes the modes of files", { skip: process.platform === "win32" }, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "audit-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const file = join(directory, "key.json");
    writeFileSync(file, young.keyFile);
    chmodSync(file, 0o640);
    const options = { usernames: ["nobody"], files: [file] };
    const { findings } = await auditServiceUsers(admin, options);
    assert.deepEqual(findings, [
      {
        rule: "key-file-mode",
        message: `${file} has the mode 0640: users other than its owner have access`,
        fix: `chmod 600 "${file}"`,
        file,
      },
    ]);
    chmodSync(file, 0o600);
    assert.deepEqual((await auditServiceUsers(admin, options)).findings, []);
    const missing = auditServiceUsers(admin, { usernames: ["nobody"], files: [`${file}x`] });
    await assert.rejects(missing, /files is a path at which there is no file/);
  });

  async function signIn({ keyFile: key }: ServiceUser): Promise<void> {
    await using client = createZitadel({ url: emulator.url, auth: privateKeyJwt({ key }) });
    await client.getAccessToken();
  }

  /** Rule and message, without ids and dates. */
  async function listFindings(options: Parameters<typeof auditServiceUsers>[1]): Promise<string[]> {
    const { findings } = await auditServiceUsers(admin, options);
    return findings
      .map(({ rule, message }) => `${rule} ${message}`.replace(/ \d{18}| \d{4}-\d\d-\d\d/g, ""))
      .sort();
  }

  function find(users: readonly ServiceUserSummary[], name: string): ServiceUserSummary {
    const user = users.find(({ username }) => username === name);
    assert.ok(user);
    return user;
  }

  /** Method, age and time to expiry in days, and use. */
  function describeUse({ credentials }: ServiceUserSummary): string[] {
    const days = (date: Date | undefined): string =>
      date === undefined ? "never" : String(Math.abs(Math.round((date.getTime() - Date.now()) / DAY_MS)));
    return credentials.map(({ method, createdAt, expiresAt, lastUse }) => {
      const use = "at" in lastUse ? `${lastUse.kind} ${days(lastUse.at)}` : lastUse.kind;
      return `${method} ${days(createdAt)} ${days(expiresAt)} ${use}`;
    });
  }
});
