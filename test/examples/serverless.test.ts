import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { rolldown } from "rolldown";
import { root } from "../../scripts/pinned-api.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { Lambda } from "./support/lambda.ts";

describe("the example of an AWS Lambda", () => {
  let folder: string;
  let file: string;
  let emulator: Emulator;
  let lambda: Lambda;
  let event: object;

  before(async () => {
    folder = mkdtempSync(join(root, "dist/lambda-"));
    file = join(folder, "lambda.mjs");
    const input = join(root, "examples/serverless/lambda.ts");
    await using build = await rolldown({ input, platform: "node", tsconfig: false, logLevel: "silent" });
    await build.write({ file, format: "esm", codeSplitting: false, minify: true });
    emulator = await startEmulator();
    event = { organizationId: emulator.serviceUser.organizationId };
    lambda = await start(emulator.serviceUser.keyFile);
  });
  after(async () => {
    await lambda[Symbol.asyncDispose]();
    await emulator.close();
    rmSync(folder, { recursive: true });
  });

  function start(keyFile: string): Promise<Lambda> {
    return Lambda.start(file, { ZITADEL_API_URL: emulator.url, ZITADEL_KEY: keyFile });
  }

  const expected = { response: ["service-user", "zitadel-admin@zitadel.localhost"] };

  it("is one file of less than half a megabyte, which is all that is uploaded", () => {
    assert.ok(statSync(file).size < 500_000);
  });

  it("signs in once, on one connection, for all invocations of its environment", async () => {
    for (let i = 0; i < 3; i++) assert.deepEqual(await lambda.invoke(event), expected);
    assert.equal(emulator.requests.filter(({ path }) => path.endsWith("/token")).length, 1);
  });

  it("needs one more request after a freeze during which its connection was cut and its server came back", async () => {
    lambda.freeze();
    const { port } = new URL(emulator.url);
    const state = await emulator.snapshot();
    await emulator.close();
    emulator = await startEmulator({ port: Number(port), seed: state });
    const outcome = lambda.invoke(event);
    lambda.thaw();
    assert.deepEqual(await outcome, expected);
    // Its token is still valid.
    assert.deepEqual(
      emulator.requests.map(({ path }) => path),
      ["/zitadel.user.v2.UserService/ListUsers"],
    );
  });

  it("ends its call before Lambda ends the invocation", async () => {
    const undo = emulator.intercept((request, next) =>
      request.path.endsWith("/ListUsers") ? new Promise(() => {}) : next(),
    );
    await using another = await start(emulator.serviceUser.keyFile);
    const { error } = await another.invoke(event, 1_500);
    undo();
    assert.match(error?.errorMessage ?? "", /deadline_exceeded/);
  });
});
