import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { parseSince } from "../../src/cli/events/show-events.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { type Home, home, runCommand } from "./support.ts";

describe("zitadel-connect events", () => {
  let emulator: Emulator;
  let place: Home;
  before(async () => {
    emulator = await startEmulator();
    place = home(emulator);
    await emulator.createServiceUser({ username: "robot" });
  });
  after(async () => {
    place[Symbol.dispose]();
    await emulator.close();
  });

  const events = (...args: string[]) => runCommand(["events", ...args], { env: place.env });

  it("prints the events since a time, one per line", async () => {
    const { exitCode, out, err } = await events("--since", "1h", "--no-follow");
    assert.deepEqual([exitCode, err], [0, ""]);
    assert.match(out, /^\d{4}-\d\d-\d\dT\S+Z user\.machine\.added user \d+/m);
  });

  it("prints JSON for programs, filtered by type", async () => {
    const { out } = await events("--since", "1h", "--no-follow", "--json", "--type", "user.machine.added");
    const types = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).type.type);
    assert.ok(types.length >= 2);
    assert.deepEqual([...new Set(types)], ["user.machine.added"]);
  });

  it("continues until its output is closed, and then exits with 0", async () => {
    const closed = new AbortController();
    const user = emulator.createServiceUser({ username: "robot-2" });
    const following = runCommand(["events", "--since", "1h"], {
      env: place.env,
      closed: closed.signal,
      // Like | head, after the first line.
      drained: async () => closed.abort(),
    });
    await user;
    const { exitCode, err } = await following;
    assert.deepEqual([exitCode, err], [0, ""]);
  });

  it("exits with 5 if the user may not read events", async () => {
    const nobody = await emulator.createServiceUser({ username: "nobody", roles: ["ORG_OWNER"] });
    using other = home({ url: emulator.url, serviceUser: nobody });
    const { exitCode, err } = await runCommand(["events", "--no-follow"], { env: other.env });
    assert.equal(exitCode, 5);
    assert.match(err, /events\.read/);
  });

  it("accepts times in all formats, and exits with 2 for invalid ones", async () => {
    const now = Date.parse("2026-07-10T12:00:00Z");
    assert.equal(parseSince("15m", now)?.toISOString(), "2026-07-10T11:45:00.000Z");
    assert.equal(parseSince("7d", now)?.toISOString(), "2026-07-03T12:00:00.000Z");
    assert.equal(parseSince("2026-07-01T00:00:00Z", now)?.toISOString(), "2026-07-01T00:00:00.000Z");
    const { exitCode, err } = await events("--since", "yesterday");
    assert.equal(exitCode, 2);
    assert.match(err, /--since is a string; expected 15m, 2h or 7d/);
  });
});
