import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { describe, it } from "node:test";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { sendWebhook, signWebhook } from "../../src/testing/webhooks.ts";
import {
  createWebhook,
  refuse,
  type Webhook,
  WebhookError,
  type WebhookHandler,
} from "../../src/webhooks/index.ts";
import { listening, type Served, serve } from "./support/serve.ts";

const signingKey = "a-signing-key";
const content = { function: "function/preaccesstoken", name: "Zoë 🦊" };

/** Serves a handler with a framework, as its users would. */
type Start = (webhook: Webhook, handler: WebhookHandler) => Promise<Served>;

const withExpress =
  (...middleware: express.RequestHandler[]): Start =>
  (webhook, handler) => {
    const app = express();
    for (const each of middleware) app.use(each);
    app.post("/", webhook.nodeHandler(handler));
    return listening(app.listen(0, "127.0.0.1"));
  };

const withFastify =
  (keepBytes: boolean): Start =>
  async (webhook, handler) => {
    const app = fastify();
    const handle = webhook.nodeHandler(handler);
    if (keepBytes) {
      app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_, body, done) =>
        done(null, body),
      );
    }
    app.post("/", async (request, reply) => {
      reply.hijack();
      await handle(request.raw, reply.raw, request.body);
    });
    await app.listen({ port: 0, host: "127.0.0.1" });
    return await listening(app.server);
  };

const withKoa =
  (parse: boolean): Start =>
  (webhook, handler) => {
    const app = new Koa();
    const handle = webhook.nodeHandler(handler);
    if (parse) {
      app.use(async ({ req }, next) => {
        await readJson(req);
        await next();
      });
    }
    app.use(async (context) => {
      context.respond = false;
      await handle(context.req, context.res);
    });
    return listening(createServer(app.callback()).listen(0, "127.0.0.1"));
  };

/** Like an API route of Next.js: a request of `node:http`, whose body is parsed unless `bodyParser` is off. */
const withApiRoute =
  (bodyParser: boolean): Start =>
  (webhook, handler) => {
    const handle = webhook.nodeHandler(handler);
    return serve(async (request, response) => {
      if (bodyParser) Object.assign(request, { body: await readJson(request) });
      await handle(request, response);
    });
  };

/** Like Google's cloud functions: the body is parsed, and its bytes are available. */
const withRawBody =
  (toRawBody: (bytes: Buffer) => unknown): Start =>
  (webhook, handler) => {
    const handle = webhook.nodeHandler(handler);
    return serve(async (request, response) => {
      const bytes = Buffer.concat(await request.toArray());
      Object.assign(request, { rawBody: toRawBody(bytes), body: JSON.parse(bytes.toString()) });
      await handle(request, response);
    });
  };

async function readJson(request: IncomingMessage): Promise<unknown> {
  return JSON.parse(Buffer.concat(await request.toArray()).toString());
}

const type = "application/json";
const WORKING: Readonly<Record<string, Start>> = {
  "Express without a parser": withExpress(),
  "Express with express.raw()": withExpress(express.raw({ type })),
  "Express with express.text()": withExpress(express.text({ type })),
  "Express with an express.raw() that is not for JSON": withExpress(express.raw()),
  "Express with express.json() that keeps the bytes": withExpress(
    express.json({
      verify: (request, _, bytes) => {
        Object.assign(request, { rawBody: bytes });
      },
    }),
  ),
  "Express 4, which has an empty body where nobody has read one": withExpress((request, _, next) => {
    request.body = {};
    next();
  }),
  "Fastify with a content type parser that keeps the bytes": withFastify(true),
  Koa: withKoa(false),
  "an API route of Next.js without bodyParser": withApiRoute(false),
  "a function with the bytes in rawBody": withRawBody((bytes) => bytes),
  "a function with the text in rawBody": withRawBody((bytes) => bytes.toString()),
};

const PARSED: Readonly<Record<string, Start>> = {
  "Express with express.json()": withExpress(express.json()),
  "Fastify with its own parser": withFastify(false),
  "Koa with a parser": withKoa(true),
  "an API route of Next.js with bodyParser": withApiRoute(true),
  "a function with something else in rawBody": withRawBody(() => ({})),
};

describe("a call is verified", () => {
  for (const [name, start] of Object.entries(WORKING)) {
    it(`by ${name}`, async () => {
      const names: unknown[] = [];
      const webhook = createWebhook({ signingKey, onError: assert.fail });
      const handler: WebhookHandler = (call) => {
        names.push(call.kind === "function" && call.content["name"]);
        return refuse(403, "no");
      };
      await using server = await start(webhook, handler);
      const response = await sendWebhook(server.url, { signingKey, content });
      assert.equal(response.status, 200);
      assert.deepEqual(await response.json(), { forwardedStatusCode: 403, forwardedErrorMessage: "no" });
      assert.deepEqual(names, [content.name]);
    });

    it(`by ${name}, unless another key has signed it`, async () => {
      const codes: string[] = [];
      const webhook = createWebhook({ signingKey, onError: ({ code }) => codes.push(code) });
      await using server = await start(webhook, () => assert.fail("not to be called"));
      const response = await sendWebhook(server.url, { signingKey: "another", content });
      assert.deepEqual([response.status, codes], [401, ["signature_mismatch"]]);
    });
  }
});

describe("a call whose bytes are lost is refused, with how to keep them", () => {
  for (const [name, start] of Object.entries(PARSED)) {
    it(`by ${name}`, async () => {
      const errors: WebhookError[] = [];
      const webhook = createWebhook({ signingKey, onError: (error) => errors.push(error) });
      await using server = await start(webhook, () => assert.fail("not to be called"));
      const response = await sendWebhook(server.url, { signingKey, content });
      assert.deepEqual([response.status, await response.text()], [500, ""]);
      assert.deepEqual(
        errors.map(({ code }) => code),
        ["body_parsed"],
      );
      assert.match(errors[0]?.message ?? "", /verify: \(req, res, buf\) => { req\.rawBody = buf }/);
      assert.match(errors[0]?.message ?? "", /bodyParser: false.*parseAs: "buffer"/s);
    });
  }
});

describe("maxBodyBytes is enforced", () => {
  for (const [name, start] of Object.entries(WORKING)) {
    it(`by ${name}, also for a chunked body`, async () => {
      const codes: string[] = [];
      const webhook = createWebhook({
        signingKey,
        maxBodyBytes: 100,
        onError: ({ code }) => codes.push(code),
      });
      await using server = await start(webhook, () => assert.fail("not to be called"));
      const { body, headers } = await signWebhook({
        signingKey,
        content: { ...content, filler: "x".repeat(99) },
      });
      for (const chunked of [false, true]) {
        const sent = chunked ? new Blob([body]).stream() : body;
        const init = { method: "POST", headers, body: sent, duplex: "half" } as RequestInit;
        assert.equal((await fetch(server.url, init)).status, 413);
      }
      assert.deepEqual(codes, ["body_too_large", "body_too_large"]);
    });
  }
});

describe("Hono", () => {
  it("verifies a call with c.req.raw", async () => {
    const webhook = createWebhook({ signingKey, onError: assert.fail });
    const handle = webhook.fetchHandler(() => refuse(403, "no"));
    const app = new Hono().post("/", (c) => handle(c.req.raw));
    const { body, headers } = await signWebhook({ signingKey, content });
    const response = await app.request("/", { method: "POST", body, headers });
    assert.deepEqual(await response.json(), { forwardedStatusCode: 403, forwardedErrorMessage: "no" });
  });

  it("refuses a call whose body it has read before", async () => {
    const codes: string[] = [];
    const webhook = createWebhook({ signingKey, onError: ({ code }) => codes.push(code) });
    const handle = webhook.fetchHandler(() => assert.fail("not to be called"));
    const app = new Hono().post("/", async (c) => {
      await c.req.json();
      return handle(c.req.raw);
    });
    const { body, headers } = await signWebhook({ signingKey, content });
    const response = await app.request("/", { method: "POST", body, headers });
    assert.deepEqual([response.status, codes], [500, ["body_parsed"]]);
  });
});

describe("an AWS Lambda", () => {
  const webhook = createWebhook({ signingKey, onError: () => {} });
  const handle = webhook.lambdaHandler((call) =>
    call.kind === "function" && call.content["name"] === content.name ? refuse(403, "no") : undefined,
  );
  const refusal = {
    statusCode: 200,
    headers: { "content-type": "application/json" },
    body: '{"forwardedStatusCode":403,"forwardedErrorMessage":"no"}',
    isBase64Encoded: false,
  };
  const post = { requestContext: { http: { method: "POST" } } };

  it("verifies a call in the format 2.0, as text and as base64", async () => {
    const { body, headers } = await signWebhook({ signingKey, content });
    assert.deepEqual(await handle({ ...post, headers, body }), refusal);
    const base64 = Buffer.from(body).toString("base64");
    assert.deepEqual(await handle({ ...post, headers, body: base64, isBase64Encoded: true }), refusal);
    assert.equal((await handle({ ...post, headers, body: base64 })).statusCode, 401);
  });

  it("verifies a call in the format 1.0, and of a load balancer with several values for a header", async () => {
    const { body, headers } = await signWebhook({ signingKey, content });
    const spelt = {
      "Content-Type": headers["content-type"],
      "ZITADEL-Signature": headers["zitadel-signature"],
    };
    assert.deepEqual(await handle({ httpMethod: "POST", headers: spelt, body }), refusal);
    const multiValueHeaders = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, [v]]));
    assert.deepEqual(await handle({ httpMethod: "POST", multiValueHeaders, headers: null, body }), refusal);
  });

  it("refuses a call that is not signed, is empty, or is not a POST", async () => {
    const { body, headers } = await signWebhook({ signingKey, content });
    const json = { "content-type": "application/json" };
    assert.equal((await handle({ ...post, headers: json, body })).statusCode, 401);
    assert.equal((await handle({ ...post, headers, body: null })).statusCode, 401);
    assert.equal((await handle({ headers, body })).statusCode, 405);
    assert.deepEqual(await handle({}), { statusCode: 405, headers: {}, body: "", isBase64Encoded: false });
  });

  it("accepts no more than maxBodyBytes", async () => {
    const small = createWebhook({ signingKey, maxBodyBytes: 20, onError: () => {} });
    const { body, headers } = await signWebhook({ signingKey, content });
    const result = await small.lambdaHandler(() => assert.fail("not to be called"))({
      ...post,
      headers,
      body,
    });
    assert.equal(result.statusCode, 413);
  });
});

describe("verify()", () => {
  it("accepts the body as text, as bytes and as an ArrayBuffer, and the header in Node's format", async () => {
    const webhook = createWebhook({ signingKey });
    const { body, headers } = await signWebhook({ signingKey, content });
    const bytes = Buffer.from(body);
    for (const form of [body, bytes, new Uint8Array(bytes), new Uint8Array(bytes).buffer]) {
      for (const signature of [headers["zitadel-signature"], [headers["zitadel-signature"]]]) {
        const call = await webhook.verify(form, signature);
        assert.deepEqual(call.kind === "function" && call.content["name"], content.name);
      }
    }
    await assert.rejects(webhook.verify(bytes, []), { code: "signature_missing" });
  });

  it("reports a body that was parsed, and one that is too large", async () => {
    const webhook = createWebhook({ signingKey, maxBodyBytes: 20 });
    const { body, headers } = await signWebhook({ signingKey, content });
    const signature = headers["zitadel-signature"];
    await assert.rejects(webhook.verify(JSON.parse(body), signature), { code: "body_parsed" });
    await assert.rejects(webhook.verify(body, signature), (error) => {
      return error instanceof WebhookError && error.code === "body_too_large";
    });
  });
});
