import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { root } from "../../scripts/pinned-api.ts";
import { createCallerVerifier } from "../../src/callers/index.ts";
import {
  BulkError,
  bulk,
  type CallObserver,
  type CallOptions,
  cachedTokenSource,
  createZitadel,
  followEvents,
  personalAccessToken,
  until,
  ZitadelError,
  type ZitadelOptions,
} from "../../src/index.ts";
import { createServiceUser } from "../../src/service-users/index.ts";
import { startEmulator } from "../../src/testing/index.ts";
import { createWebhook } from "../../src/webhooks/index.ts";

/** A function of the user that fails, in both possible ways. It counts how often it was called. */
interface Failing {
  (): never;
  calls: number;
}

const WAYS: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error("the user's own");
  },
  rejects: () => Promise.reject(new Error("the user's own")),
};

/** Makes calls that succeed, and one that fails, with options that have a failing function. */
async function callWith(options: ZitadelOptions, callOptions: CallOptions = {}): Promise<void> {
  await using emulator = await startEmulator();
  const { url, serviceUser } = emulator;
  await using zitadel = createZitadel({
    url,
    auth: personalAccessToken({ token: serviceUser.token }),
    ...options,
  });
  await zitadel.user.v2.listUsers({}, callOptions);
  await zitadel.user.v2.getUserByID({ userId: serviceUser.userId }, callOptions);
  await assert.rejects(Promise.resolve(zitadel.user.v2.getUserByID({ userId: "none" })), ZitadelError);
}

function observer(observation: object): CallObserver {
  return { begin: () => observation };
}

const away = new ZitadelError({
  code: Code.Unavailable,
  message: "away",
  origin: "server",
  method: "zitadel.admin.v1.AdminService/ListEvents",
});

/** Each place where a user's function is called, and a program that causes that. */
const PLACES: Readonly<Record<string, (fail: Failing) => Promise<unknown>>> = {
  "logger: a line": (fail) => callWith({ logger: { debug: fail, info: fail, warn: fail, error: fail } }),
  "logger: isLevelEnabled()": (fail) =>
    callWith({ logger: Object.assign({ ...console }, { isLevelEnabled: fail }) }),
  "telemetry: begin()": (fail) => callWith({ telemetry: { begin: fail } }),
  "telemetry: run()": (fail) => callWith({ telemetry: observer({ run: fail }) }),
  "telemetry: run(), once it has called": (fail) =>
    callWith({
      telemetry: observer({
        run: (call: () => unknown) => {
          call();
          return fail();
        },
      }),
    }),
  "telemetry: event()": (fail) => callWith({ telemetry: observer({ event: fail }) }),
  "telemetry: end()": (fail) => callWith({ telemetry: observer({ end: fail }) }),
  "onHeader of a call": (onHeader) => callWith({}, { onHeader }),
  "onTrailer of a call": (onTrailer) => callWith({}, { onTrailer }),
  "onEvent of an authentication method": async (onEvent) => {
    const source = cachedTokenSource({ origin: "http://localhost", onEvent }, async () => ({ token: "t" }));
    assert.equal((await source.getToken()).token, "t");
  },
  "onRetry of followEvents()": async (onRetry) => {
    let reads = 0;
    const listEvents = async () => {
      reads += 1;
      if (reads === 1) throw away;
      return { events: [] };
    };
    const stop = new AbortController();
    const events = followEvents(
      { admin: { v1: { listEvents } } },
      { onRetry, minPollMs: 1, signal: stop.signal },
    );
    const next = events[Symbol.asyncIterator]().next();
    await until(() => reads > 1);
    stop.abort();
    assert.equal((await next).done, true);
  },
  "onError of a webhook": async (onError) => {
    const handle = createWebhook({ signingKey: "key", onError }).fetchHandler(() => {});
    assert.equal((await handle(new Request("http://localhost/", { method: "GET" }))).status, 405);
  },
  "onError of a verifier of callers": async (onError) => {
    await using verifier = createCallerVerifier({ url: "http://localhost:1", projectId: "1", onError });
    const request = new Request("http://localhost/");
    await assert.rejects(verifier.verifyRequest(request), { name: "CallerError" });
  },
  "maxInFlight of a pace": (maxInFlight) => callWith({ pace: { maxInFlight } }),
  "onChange of a pace": async (onChange) => {
    await using emulator = await startEmulator();
    emulator.intercept(() => ({ status: 429, headers: new Headers(), body: "" }));
    const auth = personalAccessToken({ token: emulator.serviceUser.token });
    await using zitadel = createZitadel({
      url: emulator.url,
      auth,
      pace: { onChange },
      retry: { maxAttempts: 1 },
    });
    await assert.rejects(zitadel.auth.v1.getMyUser(), ZitadelError);
  },
  "onPlan and onStep of createServiceUser()": async (fail) => {
    await using emulator = await startEmulator();
    const auth = personalAccessToken({ token: emulator.serviceUser.token });
    await using zitadel = createZitadel({ url: emulator.url, auth });
    const store = { read: async () => undefined, write: async () => {} };
    const options = { username: "robot", method: "pat", store, onPlan: fail, onStep: fail } as const;
    await createServiceUser(zitadel, options);
  },
  "onProgress of bulk(), which ends the job": (onProgress) =>
    assert.rejects(
      bulk([1], () => 1, { onProgress }),
      BulkError,
    ),
  "holds of until(), which ends the wait": (holds) =>
    assert.rejects(
      until(() => 1, { holds }),
      /the user's own/,
    ),
};

describe("a user's function that fails ends neither a call nor the process", () => {
  for (const [place, run] of Object.entries(PLACES)) {
    for (const [way, fail] of Object.entries(WAYS)) {
      it(`${place}, if it ${way}`, async () => {
        const crashes: unknown[] = [];
        const record = (reason: unknown) => {
          crashes.push(reason);
        };
        process.on("unhandledRejection", record).on("uncaughtException", record);
        const failing: Failing = Object.assign(
          () => {
            failing.calls += 1;
            // Declared as returning nothing, so that it fits everywhere.
            return fail() as never;
          },
          { calls: 0 },
        );
        await run(failing);
        for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
        process.off("unhandledRejection", record).off("uncaughtException", record);
        assert.deepEqual(crashes, []);
        assert.ok(failing.calls > 0, "was called");
      });
    }
  }

  it("in every such option: a new one belongs in the table above", () => {
    const options = globSync("src/**/*.ts", { cwd: root }).flatMap((file) =>
      [...readFileSync(join(root, file), "utf8").matchAll(/^ {2}readonly (on[A-Z]\w*)\?: (?!")/gm)].map(
        ([, name]) => `${name} of ${file}`,
      ),
    );
    assert.deepEqual(options.toSorted(), [
      "onChange of src/transport/pace/pace-options.ts",
      "onError of src/callers/verifier-options.ts",
      "onError of src/webhooks/webhook-options.ts",
      "onEvent of src/auth/auth-method.ts",
      // Only for internal functions: the log, and the observers of a call.
      "onEvent of src/transport/transport-options.ts",
      "onHeader of src/client/call-options.ts",
      "onPlan of src/service-users/create-service-user.ts",
      "onProgress of src/jobs/bulk.ts",
      "onRetry of src/events/follow-options.ts",
      "onStep of src/service-users/create-service-user.ts",
      "onTrailer of src/client/call-options.ts",
    ]);
  });
});
