import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { after, before, describe, it } from "node:test";
import bunyan from "bunyan";
import { pino } from "pino";
import winston from "winston";
import { createZitadel, type Logger, personalAccessToken } from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";

/** Collects what a library writes. */
function collector(): { lines: string[]; stream: Writable } {
  const lines: string[] = [];
  const write = (chunk: Buffer, _: string, done: () => void): void => {
    lines.push(
      ...chunk
        .toString()
        .split("\n")
        .filter((line) => line !== ""),
    );
    done();
  };
  return { lines, stream: new Writable({ write }) };
}

type Level = "debug" | "warn";

/** Each library as its documentation sets it up, writing JSON. */
const libraries: Record<string, { create: (stream: Writable, level: Level) => Logger; text: string }> = {
  pino: { create: (stream, level) => pino({ level }, stream), text: "msg" },
  winston: {
    create: (stream, level) =>
      winston.createLogger({
        level,
        format: winston.format.json(),
        transports: [new winston.transports.Stream({ stream })],
      }),
    text: "message",
  },
  bunyan: {
    create: (stream, level) => bunyan.createLogger({ name: "app", level, stream }),
    text: "msg",
  },
};

describe("the option logger", () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());

  async function callTwice(logger: Logger): Promise<void> {
    await using zitadel = createZitadel({
      url: emulator.url,
      auth: personalAccessToken({ token: emulator.serviceUser.token }),
      logger,
    });
    await zitadel.user.v2.listUsers();
    await zitadel.user.v2.getUserByID({ userId: "1" }).catch(() => {});
  }

  for (const [name, { create, text }] of Object.entries(libraries)) {
    it(`accepts a ${name} logger: text and fields end up in the right place`, async () => {
      const { lines, stream } = collector();
      await callTwice(create(stream, "debug"));
      const [line] = lines.map((json) => JSON.parse(json)).filter(({ status }) => status === "ok");
      assert.match(
        line[text],
        /^zitadel: zitadel\.user\.v2\.UserService\/ListUsers ok in [\d.]+ ms \(connect, 1 attempt, request [0-9a-f-]+\)$/,
      );
      assert.equal(line.method, "zitadel.user.v2.UserService/ListUsers");
      assert.equal(line.protocol, "connect");
      assert.equal(line.attempts, 1);
      assert.match(line.requestId, /^[0-9a-f-]{36}$/);
      assert.ok(line.durationMs > 0);
    });

    it(`formats no line that a ${name} logger would drop`, async () => {
      const { lines, stream } = collector();
      const logger = create(stream, "warn");
      let made = 0;
      const counting = new Proxy(logger, {
        get(target, property) {
          const value = Reflect.get(target, property);
          if (typeof value === "function" && /^(debug|info)$/.test(String(property))) made++;
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
      await callTwice(counting);
      // The validation of the option reads each method once.
      assert.deepEqual([made, lines], [2, []]);
    });
  }

  it("accepts console, and a custom object", async () => {
    createZitadel({ url: emulator.url, auth: personalAccessToken({ token: "x" }), logger: console });
    const seen: unknown[][] = [];
    const log = (...line: unknown[]): void => void seen.push(line);
    await callTwice({ debug: log, info: log, warn: log, error: log });
    const [, fields] = seen.find(([message]) => /GetUserByID not_found/.test(String(message))) ?? [];
    assert.deepEqual(
      { ...(fields as object), durationMs: 0, requestId: "" },
      {
        method: "zitadel.user.v2.UserService/GetUserByID",
        protocol: "connect",
        attempts: 1,
        status: "not_found",
        durationMs: 0,
        requestId: "",
        origin: "server",
        unprocessed: false,
        retryable: false,
        errorId: "QUERY-Dfbg2",
      },
    );
  });

  it("survives a logger that throws", async () => {
    const fail = (): never => {
      throw new Error("disk full");
    };
    const before = emulator.requests.length;
    await callTwice({ debug: fail, info: fail, warn: fail, error: fail });
    assert.equal(emulator.requests.length - before, 2);
  });

  it("refuses what is not a logger", () => {
    const auth = personalAccessToken({ token: "x" });
    assert.throws(
      () => createZitadel({ url: emulator.url, auth, logger: console.log as unknown as Logger }),
      /logger is a function without debug\(\), .*; expected console, or a pino, winston or bunyan logger/,
    );
  });
});
