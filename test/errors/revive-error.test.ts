import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { MessageChannel, Worker } from "node:worker_threads";
import {
  Code,
  createZitadel,
  hasErrorId,
  isNotFound,
  isUnimplemented,
  ListError,
  reviveError,
  ZitadelError,
} from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { failureOfCall } from "./support/failure-of-call.ts";

/** Sends a value through a message port, as a worker would. */
async function post(value: unknown): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(value);
  const [received] = (await once(port2, "message")) as unknown[];
  port1.close();
  return received;
}

function assertSame(revived: ZitadelError | undefined, error: ZitadelError): void {
  assert.ok(revived instanceof ZitadelError);
  const told = ({ code, id, method, rawMessage, hint, message }: ZitadelError) => [
    ...[code, id, method, rawMessage],
    ...[hint, message],
  ];
  assert.deepEqual(told(revived), told(error));
}

describe("an error from another thread", () => {
  let emulator: Emulator;
  let error: ZitadelError;
  before(async () => {
    emulator = await startEmulator();
    error = await failureOfCall(emulator);
  });
  after(() => emulator.close());

  const worker = (body: string): Worker =>
    new Worker(
      `const { workerData, parentPort } = require("node:worker_threads");
       const { createZitadel, personalAccessToken } = require(workerData.index);
       (async () => {
         const { url, token } = workerData;
         await using zitadel = createZitadel({ url, auth: personalAccessToken({ token }) });
         ${body}
       })();`,
      {
        eval: true,
        workerData: {
          index: new URL("../../src/index.ts", import.meta.url).pathname,
          url: emulator.url,
          token: emulator.serviceUser.token,
        },
      },
    );

  it("keeps code, id, hint and the guards through toJSON(), which any message can contain", async () => {
    const thread = worker(
      `await zitadel.user.v2.getUserByID({ userId: "1" }).catch((e) => parentPort.postMessage({ e: e.toJSON(), text: JSON.stringify(e) }));`,
    );
    const [{ e, text }] = (await once(thread, "message")) as [{ e: unknown; text: string }];
    for (const received of [e, JSON.parse(text)]) {
      const revived = reviveError(received);
      assertSame(revived, error);
      assert.ok(isNotFound(revived) && hasErrorId(revived, "QUERY-Dfbg2"));
      assert.equal(revived.origin, "server");
      assert.match(revived.requestId ?? "", /^[0-9a-f-]{36}$/);
    }
  });

  it("keeps code, id, hint and the guards through a structured clone", async () => {
    const thread = worker(
      `await zitadel.user.v2.getUserByID({ userId: "1" }).catch((e) => parentPort.postMessage(e));`,
    );
    const [received] = (await once(thread, "message")) as [Error];
    assert.ok(!(received instanceof ZitadelError));
    assert.ok(received.stack?.startsWith("ZitadelError: "));
    for (const clone of [received, structuredClone(error), await post(error)]) {
      const revived = reviveError(clone);
      assertSame(revived, error);
      assert.ok(isNotFound(revived) && hasErrorId(revived, "QUERY-Dfbg2"));
      assert.equal(revived.stack, (clone as Error).stack);
    }
  });

  it("keeps them if the worker did not catch it", async () => {
    const thread = worker(`await zitadel.user.v2.getUserByID({ userId: "1" });`);
    const [received] = (await once(thread, "error")) as [Error];
    const revived = reviveError(received);
    assertSame(revived, error);
    assert.ok(isNotFound(revived) && revived.origin === "server" && revived.attempts === 1);
  });

  it("is still a ListError", async () => {
    await using zitadel = createZitadel({
      url: emulator.url,
      auth: { getToken: () => Promise.reject(new Error("none")) },
    });
    const failed: unknown = await zitadel.user.v2
      .listUsers()
      .toArray()
      .catch((e: unknown) => e);
    assert.ok(failed instanceof ListError);
    for (const received of [failed.toJSON(), structuredClone(failed)]) {
      assert.equal(reviveError(received)?.toJSON().name, "ListError");
    }
  });
});

describe("reviveError()", () => {
  const facts = { method: "a.B/C", message: "no way." } as const;

  it("separates text and hint in a clone, and restores details, for errors without an id too", () => {
    const errors = [
      new ZitadelError({ ...facts, code: Code.Unimplemented, origin: "transport", fault: "grpc-blocked" }),
      new ZitadelError({ ...facts, code: Code.Unimplemented, origin: "server", unimplemented: "service" }),
      new ZitadelError({
        ...facts,
        code: Code.Unauthenticated,
        origin: "authentication",
        hint: "Try. Again.",
      }),
      new ZitadelError({ ...facts, code: Code.Internal, origin: "server", message: "A (B-1). C", id: "A-1" }),
    ];
    for (const error of errors) {
      const revived = reviveError(structuredClone(error));
      assert.equal(revived?.message, error.message);
      assert.equal(isUnimplemented(revived), isUnimplemented(error));
    }
    assert.equal(reviveError(structuredClone(errors[2]))?.hint, "Try. Again.");
  });

  it("returns an error unchanged, and undefined for everything else", () => {
    const error = new ZitadelError({ ...facts, code: Code.NotFound, origin: "server" });
    assert.equal(reviveError(error), error);
    const others = [
      undefined,
      null,
      "x",
      {},
      new Error("x"),
      new Error("[not_found] a.B/C: no hint"),
      new Error("[nonsense] a.B/C: x. y"),
      { ...error.toJSON(), code: 5 },
      { ...error.toJSON(), name: "Error" },
    ];
    for (const other of others) assert.equal(reviveError(other), undefined);
  });
});
