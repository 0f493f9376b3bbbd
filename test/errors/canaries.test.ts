import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import diagnostics from "node:diagnostics_channel";
import { once } from "node:events";
import * as http from "node:http";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import { create, toBinary } from "@bufbuild/protobuf";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { ErrorDetailSchema } from "../../gen/zitadel/message_pb.js";
import {
  type AuthMethod,
  type CallMessage,
  type CallOptions,
  cachedTokenSource,
  createZitadel,
  type Logger,
  personalAccessToken,
  ZitadelError,
  type ZitadelOptions,
} from "../../src/index.ts";
import { openTelemetry } from "../../src/telemetry/index.ts";

/** Neither a JWT nor of any other recognizable shape, with all characters that a bearer token may have. */
const TOKEN = `${randomBytes(150).toString("base64")}-._~+/=`;

interface Echo {
  readonly status?: number;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly trailers?: Record<string, string>;
  readonly body?: string;
}

type Respond = (token: string) => Echo;

const text = (body: string): Echo => ({ status: 403, headers: { "content-type": "text/plain" }, body });
const json = (status: number, body: object): Echo => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
const detail = (message: string): Buffer =>
  Buffer.from(toBinary(ErrorDetailSchema, create(ErrorDetailSchema, { id: "AUTH-7fs1e", message })));

/** How servers and proxies may echo what they were sent. */
const ECHOES: Record<string, Respond> = {
  "a page that repeats it": (token) => text(`No route for ${token} here`),
  "a page that is cut within it": (token) => text(`${"x".repeat(150)} ${token}`),
  "a page that repeats it for a URL": (token) => text(`see /login?t=${encodeURIComponent(token)}`),
  "a page that repeats it in Base64": (token) =>
    text(`header: ${Buffer.from(`Bearer ${token}`).toString("base64")}`),
  "an error of Connect": (token) => json(401, { code: "unauthenticated", message: `bad token ${token}` }),
  "an error of Connect with details": (token) =>
    json(401, {
      code: "unauthenticated",
      message: "bad token (AUTH-7fs1e)",
      details: [
        {
          type: "zitadel.v1.ErrorDetail",
          value: detail(token).toString("base64"),
          debug: { id: "AUTH-7fs1e", message: token },
        },
      ],
    }),
  "a gateway's error, which is retried": (token) => ({ ...text(`upstream said: ${token}`), status: 503 }),
  "a header of the response": (token) => ({
    ...text("no"),
    headers: { "content-type": "text/plain", "x-request-id": token, "x-debug": `Bearer ${token}` },
  }),
  "a time-out of the server, which becomes a cause": (token) =>
    json(504, { code: "deadline_exceeded", message: `gave up on ${token}` }),
  "a status of gRPC": (token) => ({
    status: 200,
    headers: { "content-type": "application/grpc+proto" },
    trailers: { "grpc-status": "16", "grpc-message": encodeURIComponent(`bad token ${token}`) },
  }),
  "an odd content type": (token) => ({
    status: 200,
    headers: { "content-type": `text/${token.replaceAll(/[^\w.~+-]/g, "")}` },
    body: "x",
  }),
};

/** Every way in which the outcome of a call can be inspected. */
function spellOut(value: unknown): string {
  const error = value instanceof ZitadelError ? value : undefined;
  const bytes = error?.details.map((one) =>
    "value" in one ? Buffer.from(one.value as Uint8Array).toString() : "",
  );
  const causes: unknown[] = [];
  for (let cause: unknown = error; cause instanceof Error && causes.length < 9; cause = cause.cause) {
    causes.push(cause.message, cause.stack, String(cause), inspect({ ...cause }, { depth: 9 }));
  }
  return [
    inspect(value, { showHidden: true, depth: Number.POSITIVE_INFINITY, getters: true, breakLength: 1e6 }),
    JSON.stringify(value),
    ...causes,
    JSON.stringify([...(error?.metadata ?? [])]),
    ...(bytes ?? []),
  ].join("\n");
}

/** The part of the token that a text leaks: 16 consecutive characters, in any of these encodings. */
function findLeak(shown: string, token: string): string | undefined {
  const base64 = Buffer.from(`Bearer ${token}`).toString("base64");
  for (const spelling of [token, encodeURIComponent(token), base64]) {
    for (let at = 0; at + 16 <= spelling.length; at++) {
      const piece = spelling.slice(at, at + 16);
      if (shown.includes(piece)) return piece;
    }
  }
  return undefined;
}

describe("a bearer token that a server or proxy echoes without a label", () => {
  let respond: Respond = () => ({});
  const servers: (http.Server | http2.Http2Server)[] = [];
  const origins: Record<string, string> = {};

  before(async () => {
    const echo = (request: { headers: http.IncomingHttpHeaders }): Echo =>
      respond((request.headers.authorization ?? "").replace("Bearer ", ""));
    const plain = http.createServer((request, response) => {
      const { status = 200, headers, body } = echo(request);
      request.resume();
      response.writeHead(status, headers).end(body);
    });
    const h2 = http2.createServer();
    h2.on("stream", (stream, headers) => {
      const { status = 200, headers: more, trailers, body } = echo({ headers });
      stream.respond({ ":status": status, ...more }, { waitForTrailers: trailers !== undefined });
      stream.on("wantTrailers", () => stream.sendTrailers(trailers ?? {}));
      stream.on("error", () => {});
      stream.resume().end(body);
    });
    for (const [version, server] of [
      ["1.1", plain],
      ["2", h2],
    ] as const) {
      servers.push(server);
      await once(server.listen(0, "127.0.0.1"), "listening");
      origins[version] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }
  });
  after(() => {
    for (const server of servers) server.close();
  });

  /** Makes a call that fails, and returns everything that anybody can see of it. */
  async function watch(options: ZitadelOptions, callOptions?: CallOptions): Promise<string[]> {
    const spans = new InMemorySpanExporter();
    const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
    const seen: unknown[] = [];
    const log = (...line: unknown[]): number => seen.push(...line);
    const logger: Logger = { debug: log, info: log, warn: log, error: log };
    const subscribe = (message: unknown): void => void seen.push((message as CallMessage).error, message);
    diagnostics.subscribe("tracing:zitadel-connect:call:error", subscribe);
    await using zitadel = createZitadel({
      auth: personalAccessToken({ token: TOKEN }),
      logger,
      logBodies: true,
      telemetry: openTelemetry({ tracerProvider }),
      ...options,
    });
    await assert.rejects(
      zitadel.user.v2.getUserByID({ userId: "1" }, callOptions),
      (error) => seen.push(error) > 0,
    );
    diagnostics.unsubscribe("tracing:zitadel-connect:call:error", subscribe);
    for (const { name, attributes, events, status } of spans.getFinishedSpans()) {
      seen.push({ name, attributes, events, status });
    }
    assert.ok(
      seen.filter((one) => one instanceof ZitadelError).length >= 2,
      "the channel and the caller got errors",
    );
    return seen.map(spellOut);
  }

  for (const [what, echo] of Object.entries(ECHOES)) {
    for (const httpVersion of ["1.1", "2"] as const) {
      const protocol = what.includes("gRPC") ? "grpc" : "connect";
      if (protocol === "grpc" && httpVersion === "1.1") continue;
      it(`is nowhere to be seen after ${what}, over HTTP/${httpVersion}`, async () => {
        let echoed = 0;
        respond = (token) => {
          assert.equal(token, TOKEN);
          echoed++;
          return echo(token);
        };
        const shown = await watch({ url: origins[httpVersion], httpVersion, protocol });
        assert.ok(echoed > 0);
        for (const one of shown) assert.equal(findLeak(one, TOKEN), undefined, one);
      });
    }
  }

  it("is nowhere to be seen where the call sends it in a header of its own", async () => {
    respond = (token) => text(`No route for ${token}`);
    const own = randomBytes(90).toString("base64url");
    const shown = await watch({ url: origins["2"] }, { headers: { authorization: `Bearer ${own}` } });
    for (const one of shown) assert.equal(findLeak(one, own), undefined, one);
  });

  it("is nowhere to be seen where a token source mentions the token that was rejected", async () => {
    respond = () => json(401, { code: "unauthenticated", message: "Errors.Token.Invalid (AUTH-7fs1e)" });
    const auth = {
      getToken: async (options?: { rejected?: string | undefined }) => {
        if (options?.rejected === undefined) return { token: TOKEN };
        throw new Error(`nothing better than ${options.rejected}`);
      },
    };
    const shown = await watch({ url: origins["2"], auth });
    assert.ok(shown.some((one) => one.includes("nothing better than [redacted]")));
    for (const one of shown) assert.equal(findLeak(one, TOKEN), undefined, one);
  });

  it("is nowhere to be seen where a token source fails to renew it, and mentions it", async () => {
    respond = () => json(404, { code: "not_found", message: "Not there (QUERY-Dfbg2)" });
    let asked = 0;
    const auth: AuthMethod = (context) =>
      cachedTokenSource(context, async () => {
        if (++asked === 1) return { token: TOKEN, expiresAt: Date.now() + 100 };
        throw new Error(`cannot renew ${TOKEN}`);
      });
    const seen: unknown[] = [];
    const log = (...line: unknown[]): number => seen.push(...line);
    await using zitadel = createZitadel({
      url: origins["2"],
      auth,
      logger: { debug: log, info: log, warn: log, error: log },
    });
    let last: unknown;
    do {
      last = await zitadel.user.v2.getUserByID({ userId: "1" }).catch((error: unknown) => error);
      seen.push(last);
    } while (last instanceof ZitadelError && last.origin !== "authentication");
    const shown = seen.map(spellOut);
    assert.ok(shown.filter((one) => one.includes("cannot renew [redacted]")).length >= 2);
    for (const one of shown) assert.equal(findLeak(one, TOKEN), undefined, one);
  });

  it("would be found by this test", () => {
    const error = new ZitadelError({
      method: "a.B/C",
      origin: "server",
      code: 5,
      message: "x",
      cause: new Error(TOKEN),
    });
    assert.notEqual(findLeak(spellOut(error), TOKEN), undefined);
    assert.notEqual(findLeak(spellOut({ deep: [encodeURIComponent(TOKEN)] }), TOKEN), undefined);
  });
});
