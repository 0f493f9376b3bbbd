import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";
import { privateKeyJwt } from "../../src/auth/private-key-jwt.ts";
import { createZitadel } from "../../src/client/pinned-client.ts";
import { startEmulator } from "../../src/testing/index.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

describe("an emulator", () => {
  for (const [when, days] of [
    ["years ago", -3000],
    ["in years", 3000],
  ] as const) {
    for (const tls of [false, true]) {
      it(`accepts assertions while a test pretends that it is ${when}, ${tls ? "with" : "without"} TLS`, async () => {
        mock.timers.enable({ apis: ["Date"], now: Date.now() + days * DAY_MS });
        try {
          await using emulator = await startEmulator({ tls });
          const { keyFile, userId } = emulator.serviceUser;
          await using zitadel = createZitadel({
            url: emulator.url,
            auth: privateKeyJwt({ key: keyFile }),
            tls: { ca: emulator.ca },
          });
          assert.equal((await zitadel.user.v2.getUserByID({ userId })).user?.userId, userId);
          // A test may also move to another day: the first token has expired, and another is requested.
          mock.timers.setTime(Date.now() + 2 * DAY_MS);
          assert.equal((await zitadel.user.v2.getUserByID({ userId })).user?.userId, userId);
          assert.equal(emulator.requests.filter(({ path }) => path === "/oauth/v2/token").length, 2);
        } finally {
          mock.timers.reset();
        }
      });
    }
  }

  it("uses Date.now(), which a test may have replaced, or its own clock", async () => {
    mock.timers.enable({ apis: ["Date"], now: Date.UTC(2001, 1, 3) });
    try {
      await using emulator = await startEmulator();
      assert.equal(await fetchDate(emulator.url), "Sat, 03 Feb 2001 00:00:00 GMT");
      await using own = await startEmulator({ clock: { now: () => Date.UTC(2002, 1, 3) } });
      assert.equal(await fetchDate(own.url), "Sun, 03 Feb 2002 00:00:00 GMT");
    } finally {
      mock.timers.reset();
    }
  });

  it("listens on a given port, and says so if that is in use", async () => {
    const first = await startEmulator();
    const port = Number(new URL(first.url).port);
    await assert.rejects(startEmulator({ port }), {
      name: "Error",
      message: `Cannot listen on port ${port} of 127.0.0.1: it is in use; choose another port, or none for a free one`,
    });
    await first.close();
    await using second = await startEmulator({ port });
    assert.equal(second.url, first.url);
  });

  it("refuses an invalid port", async () => {
    for (const port of [-1, 65_536, 1.5, Number.NaN, "80" as never]) {
      await assert.rejects(startEmulator({ port }), {
        name: "TypeError",
        message: /^startEmulator\(\): port is .* from 0 to 65535$/,
      });
    }
  });
});

async function fetchDate(url: string): Promise<string | null> {
  const response = await fetch(`${url}/.well-known/openid-configuration`);
  await response.body?.cancel();
  return response.headers.get("date");
}
