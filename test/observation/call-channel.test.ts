import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import diagnostics from "node:diagnostics_channel";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import { type CallMessage, createZitadel, personalAccessToken, type Zitadel } from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";

const LIST = "zitadel.user.v2.UserService/ListUsers";

describe("the tracing channel zitadel-connect:call", () => {
  const channel = diagnostics.tracingChannel<CallMessage, CallMessage>("zitadel-connect:call");
  let emulator: Emulator;
  let zitadel: Zitadel;
  before(async () => {
    emulator = await startEmulator();
    zitadel = createZitadel({
      url: emulator.url,
      auth: personalAccessToken({ token: emulator.serviceUser.token }),
    });
  });
  after(async () => {
    await zitadel.close();
    await emulator.close();
  });

  /** Runs `action` with subscribers of all events, and returns what they received. */
  async function listen(
    action: () => Promise<unknown>,
  ): Promise<{ steps: string[]; messages: CallMessage[] }> {
    const steps: string[] = [];
    const messages: CallMessage[] = [];
    const on =
      (step: string) =>
      (message: CallMessage): void => {
        steps.push(step);
        messages.push(message);
      };
    const subscribers = {
      start: on("start"),
      end: on("end"),
      asyncStart: on("asyncStart"),
      asyncEnd: on("asyncEnd"),
      error: on("error"),
    };
    channel.subscribe(subscribers);
    await action().catch(() => {});
    channel.unsubscribe(subscribers);
    return { steps, messages };
  }

  it("notifies subscribers of a call, even if they subscribed after the client was created", async () => {
    const { steps, messages } = await listen(() => zitadel.user.v2.listUsers());
    assert.deepEqual(steps, ["start", "end", "asyncStart", "asyncEnd"]);
    assert.equal(new Set(messages).size, 1);
    const [message] = messages;
    assert.deepEqual(
      { ...message, result: { ...message?.result, durationMs: 0, requestId: "" } },
      {
        method: LIST,
        server: emulator.url,
        protocol: "connect",
        result: { attempts: 1, durationMs: 0, requestId: "" },
      },
    );
  });

  it("reports a failure before the end", async () => {
    const { steps, messages } = await listen(() => zitadel.user.v2.getUserByID({ userId: "1" }));
    assert.deepEqual(steps, ["start", "end", "error", "asyncStart", "asyncEnd"]);
    assert.equal(messages[0]?.error?.id, "QUERY-Dfbg2");
  });

  it("carries stores that are bound to it through the call", async () => {
    const store = new AsyncLocalStorage<CallMessage>();
    channel.start.bindStore(store, (message) => message);
    let seen: string | undefined;
    await using client = createZitadel({
      url: emulator.url,
      auth: personalAccessToken({ token: emulator.serviceUser.token }),
      interceptors: [
        (next) => (request) => {
          seen = store.getStore()?.method;
          return next(request);
        },
      ],
    });
    await client.user.v2.listUsers();
    channel.start.unbindStore(store);
    assert.equal(seen, LIST);
  });

  it("contains neither tokens nor bodies", async () => {
    const { messages } = await listen(() => zitadel.user.v2.getUserByID({ userId: "canary" }));
    const shown = inspect(messages, { depth: 20, showHidden: true });
    assert.ok(!shown.includes(emulator.serviceUser.token) && !shown.includes("canary"));
  });
});

describe("an observer", () => {
  it("that throws does not make a call fail", async () => {
    const fail = (): never => {
      throw new Error("bug");
    };
    await using emulator = await startEmulator();
    const auth = personalAccessToken({ token: emulator.serviceUser.token });
    for (const telemetry of [{ begin: fail }, { begin: () => ({ event: fail, end: fail }) }]) {
      await using zitadel = createZitadel({ url: emulator.url, auth, telemetry });
      assert.notEqual((await zitadel.user.v2.listUsers()).result.length, 0);
    }
  });
});
