import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import { create, toBinary } from "@bufbuild/protobuf";
import { ErrorDetailSchema } from "../../gen/zitadel/message_pb.js";
import { run } from "../../src/cli/run.ts";
import { doctor } from "../../src/doctor/doctor.ts";
import {
  AuthError,
  clientCredentials,
  createZitadel,
  type Logger,
  personalAccessToken,
  ZitadelError,
} from "../../src/index.ts";
import { type Emulator, type HttpResponse, startEmulator } from "../../src/testing/index.ts";
import { interceptPaths } from "./support/intercept-paths.ts";

/** Clears a screen, starts a CI command, and reverses the direction of the text. */
const HOSTILE = "\u001b[2J\u001b]0;x\u0007\u009b31mno\r\n::error::broken\n##vso[task.complete]\u202etxet";
/** The parts that a terminal or CI would execute. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the test looks for
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]|^\s*(::error|##vso)/m;

function show(error: unknown): string {
  const { message, stack, hint, id, cause } = error as ZitadelError;
  const own = `${message}\n${stack}\n${hint}\n${id}\n${String(error)}\n${JSON.stringify(error)}\n${inspect(error, { depth: 9 })}`;
  return cause === undefined ? own : `${own}\n${show(cause)}`;
}

describe("the text of a server reaches errors, logs, the doctor and the command line without control characters", () => {
  let emulator: Emulator;
  let lines: unknown[];
  const log = (...line: unknown[]) => lines.push(line);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());

  const detail = Buffer.from(
    toBinary(ErrorDetailSchema, create(ErrorDetailSchema, { id: `QUERY${HOSTILE}`, message: HOSTILE })),
  ).toString("base64");
  const json = (status: number, body: object, headers: Record<string, string> = {}): HttpResponse => ({
    status,
    headers: new Headers({ "content-type": "application/json", ...headers }),
    body: JSON.stringify(body),
  });
  const responses: Readonly<Record<string, HttpResponse>> = {
    "an error of Connect": json(404, {
      code: "not_found",
      message: HOSTILE,
      details: [{ type: "zitadel.v1.ErrorDetail", value: detail }],
    }),
    "an error of gRPC": {
      status: 200,
      headers: new Headers({
        "content-type": "application/grpc",
        "grpc-status": "5",
        "grpc-message": encodeURIComponent(HOSTILE),
      }),
      body: "",
    },
    "the text of a proxy": {
      status: 502,
      headers: new Headers({ "content-type": "text/plain" }),
      body: HOSTILE,
    },
    "an id of a request": json(
      500,
      { code: "internal", message: "x" },
      { "x-request-id": "\u009b2J\u0085abc" },
    ),
  };
  for (const [what, response] of Object.entries(responses)) {
    it(`in ${what}`, async () => {
      lines = [];
      const undo = interceptPaths(emulator, (path) => (path.startsWith("/zitadel.") ? response : undefined));
      await using zitadel = createZitadel({
        url: emulator.url,
        auth: personalAccessToken({ token: emulator.serviceUser.token }),
        protocol: what.includes("gRPC") ? "grpc" : "connect",
        retry: { maxAttempts: 1 },
        logger,
      });
      const error = await zitadel.user.v2.getUserByID({ userId: "1" }).catch((reason: unknown) => reason);
      undo();
      assert.ok(error instanceof ZitadelError);
      assert.doesNotMatch(show(error), OBEYED);
      assert.ok(lines.length > 0);
      for (const text of lines.flat())
        assert.doesNotMatch(typeof text === "string" ? text : inspect(text), OBEYED);
      if (!what.includes("id of"))
        assert.match(error.message, /no ::error::broken ##vso\[task\.complete\]|no/);
    });
  }

  it("in an error of OAuth, and in a discovery document", async () => {
    lines = [];
    const undo = interceptPaths(emulator, (path) => {
      if (path.startsWith("/oauth/")) {
        return json(400, { error: "invalid_client", error_description: HOSTILE });
      }
      const document = { issuer: `https://x${HOSTILE}`, token_endpoint: "https://x/oauth/v2/token" };
      return path.endsWith("openid-configuration") ? json(200, document) : undefined;
    });
    await using zitadel = createZitadel({
      url: emulator.url,
      auth: clientCredentials({ clientId: "bot", clientSecret: "secret" }),
      logger,
    });
    const error = await zitadel.user.v2.listUsers({}).catch((reason: unknown) => reason);
    undo();
    assert.ok(error instanceof ZitadelError && error.cause instanceof AuthError);
    assert.doesNotMatch(show(error), OBEYED);
    for (const text of lines.flat())
      assert.doesNotMatch(typeof text === "string" ? text : inspect(text), OBEYED);
  });

  it("in an AuthError of a custom token source", () => {
    const error = new AuthError({ code: "refused", summary: HOSTILE, description: HOSTILE });
    assert.doesNotMatch(show(error), OBEYED);
    assert.doesNotMatch(error.description ?? "", OBEYED);
  });

  it("in the output of the doctor and the command line", async () => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(302, { location: "https://evil.example/\u009b2J", "content-type": "text/plain" });
      response.end(HOSTILE);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = {
      ZITADEL_API_URL: url,
      ZITADEL_CLIENT_ID: HOSTILE.replaceAll(/[\r\n]/g, ""),
      ZITADEL_CLIENT_SECRET: "x",
    };
    for await (const { summary, fix } of doctor({ env, checkTimeoutMs: 2_000 })) {
      assert.doesNotMatch(`${summary}\n${fix}`, OBEYED);
    }
    let shown = "";
    const write = (text: string): void => {
      shown += text;
    };
    const terminal = { directory: ".", env, out: write, err: write, status: write };
    for (const args of [
      ["doctor"],
      ["generate", "--from", url, "--out", "x"],
      ["generate", "--from", HOSTILE, "--out", "x"],
      [HOSTILE],
      ["doctor", HOSTILE],
    ]) {
      await run([...args, "--debug"], terminal);
    }
    server.close();
    server.closeAllConnections();
    assert.ok(shown.length > 100);
    assert.doesNotMatch(shown, OBEYED);
  });
});
