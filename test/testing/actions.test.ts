import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, it } from "node:test";
import { decodeJwt } from "jose";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { createZitadel, personalAccessToken, type Zitadel } from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { createWebhook, toRequest, type WebhookCall } from "../../src/webhooks/index.ts";
import { type Served, serve } from "../webhooks/support/serve.ts";

type Create = Parameters<Zitadel["action"]["v2beta"]["createTarget"]>[0];
type Type = NonNullable<NonNullable<Create>["targetType"]>;
type Condition = NonNullable<
  NonNullable<
    NonNullable<Parameters<Zitadel["action"]["v2beta"]["setExecution"]>[0]>["condition"]
  >["conditionType"]
>;

const CALL: Type = { case: "restCall", value: { interruptOnError: true } };
const { getUserByID } = UserService.method;

const method = (name: string, type: "request" | "response" = "request"): Condition => ({
  case: type,
  value: { condition: { case: "method", value: `/zitadel.user.v2.UserService/${name}` } },
});

describe("targets of the emulator", () => {
  let emulator: Emulator;
  let zitadel: Zitadel;
  let served: Served;
  /** The response of the target's endpoint; set by each test. */
  let respond: (
    body: string,
    request: IncomingMessage,
  ) => readonly [status: number, body: string] | undefined;
  beforeEach(async () => {
    emulator = await startEmulator();
    zitadel = createZitadel({
      url: emulator.url,
      auth: personalAccessToken({ token: emulator.serviceUser.token }),
    });
    served = await serve(async (request, response) => {
      const result = respond(await text(request), request);
      if (result === undefined) return void request.socket.destroy();
      response.writeHead(result[0]).end(result[1]);
    });
  });
  afterEach(async () => {
    await zitadel.close();
    await emulator.close();
    await served[Symbol.asyncDispose]();
  });

  const createTarget = async (name = "hook", targetType: Type = CALL, endpoint = served.url) =>
    await zitadel.action.v2beta.createTarget({ name, endpoint, targetType, timeout: { seconds: 5n } });
  const execute = async (conditionType: Condition, ...targets: string[]) =>
    await zitadel.action.v2beta.setExecution({ condition: { conditionType }, targets });
  const { userId } = { userId: "1" };
  const outcome = async (): Promise<unknown> =>
    await zitadel.user.v2.getUserByID({ userId }).then(
      () => "ok",
      (error: { id?: string; rawMessage: string }) => error.id ?? error.rawMessage.replace(served.url, "URL"),
    );

  it("are called with the server's payload, signed with their key", async () => {
    const { id, signingKey } = await createTarget();
    assert.equal((await zitadel.action.v2beta.getTarget({ id })).target?.signingKey, signingKey);
    const calls: WebhookCall[] = [];
    const webhook = createWebhook({ signingKey });
    const handle = webhook.nodeHandler((call) => void calls.push(call));
    await using own = await serve(handle);
    await zitadel.action.v2beta.updateTarget({ id, endpoint: own.url });
    await execute(method("GetUserByID"), id);
    assert.equal(await outcome(), "QUERY-Dfbg2");
    const [call] = calls;
    assert.ok(call?.kind === "request");
    assert.equal(toRequest(call, getUserByID)?.userId, userId);
    assert.deepEqual(
      [call.userId, call.organizationId],
      [emulator.serviceUser.userId, emulator.serviceUser.organizationId],
    );
    assert.equal(call.headers.get("content-type"), "application/proto");
  });

  it("are not called for a call that its caller may not make according to the RPC's declared permission", async () => {
    let calls = 0;
    respond = () => {
      calls += 1;
      return [200, ""];
    };
    const { id } = await createTarget();
    const condition = { case: "method", value: "/zitadel.action.v2beta.ActionService/ListTargets" } as const;
    await execute({ case: "request", value: { condition } }, id);
    const { token } = await emulator.createServiceUser({ username: "nobody" });
    await using nobody = createZitadel({ url: emulator.url, auth: personalAccessToken({ token }) });
    await assert.rejects(async () => await nobody.action.v2beta.listTargets({}), { id: "AUTHZ-cdgFk" });
    assert.equal(calls, 0);
    await zitadel.action.v2beta.listTargets({});
    assert.equal(calls, 1);
  });

  it("add claims to userinfo and to JWT access tokens, and metadata to the user", async () => {
    const functions: string[] = [];
    respond = (body) => {
      functions.push((JSON.parse(body) as { function: string }).function);
      const claims = [
        { key: "plan", value: "gold" },
        { key: "sub", value: "another" },
        { key: "urn:zitadel:iam:own", value: "x" },
      ];
      const set_user_metadata = [{ key: "seen", value: Buffer.from("yes").toString("base64") }];
      return [
        200,
        JSON.stringify({ append_claims: claims, append_log_claims: ["hello"], set_user_metadata }),
      ];
    };
    const { id } = await createTarget();
    for (const name of ["preuserinfo", "preaccesstoken"])
      await execute({ case: "function", value: { name } }, id);
    const robot = await emulator.createServiceUser({ username: "robot", accessTokenType: "jwt" });
    const form = { grant_type: "client_credentials", scope: "openid", client_id: robot.clientId };
    const tokens = await fetch(`${emulator.url}/oauth/v2/token`, {
      method: "POST",
      body: new URLSearchParams({ ...form, client_secret: robot.clientSecret }),
    });
    const { access_token: token } = (await tokens.json()) as { access_token: string };
    const headers = { authorization: `Bearer ${token}` };
    const userinfo = await (await fetch(`${emulator.url}/oidc/v1/userinfo`, { headers })).json();
    const log = (name: string) => ({
      [`urn:zitadel:iam:action:function/${name}:log`]: ['key "sub" already exists', "hello"],
    });
    assert.deepEqual(userinfo, { sub: robot.userId, plan: "gold", ...log("preuserinfo") });
    const { plan, ...claims } = decodeJwt(token);
    assert.equal(plan, "gold");
    assert.ok("urn:zitadel:iam:action:function/preaccesstoken:log" in claims);
    assert.deepEqual([...new Set(functions)].sort(), ["function/preaccesstoken", "function/preuserinfo"]);
    const { metadata } = await zitadel.user.v2.listUserMetadata({ userId: robot.userId });
    assert.deepEqual(
      metadata.map(({ key }) => key),
      ["seen"],
    );
  });

  it("change requests and responses, each based on the one before", async () => {
    const seen: unknown[] = [];
    respond = (body) => {
      const { request, response } = JSON.parse(body) as { request: object; response?: { user: object } };
      seen.push(request);
      if (response === undefined) return [200, JSON.stringify({ userId: emulator.serviceUser.userId })];
      return [200, JSON.stringify({ ...response, user: { ...response.user, username: "renamed" } })];
    };
    const [first, second] = [await createTarget("first"), await createTarget("second")];
    await execute(method("GetUserByID"), first.id, second.id);
    await execute(method("GetUserByID", "response"), first.id);
    assert.equal((await zitadel.user.v2.getUserByID({ userId })).user?.username, "renamed");
    const found = { userId: emulator.serviceUser.userId };
    assert.deepEqual(seen, [{ userId }, found, found]);
  });

  const refusal = (status: number) =>
    JSON.stringify({ forwardedStatusCode: status, forwardedErrorMessage: "No" });
  for (const [what, result, error] of [
    ["a refusal", [200, refusal(403)], "EXEC-reUaUZCzCp"],
    ["a refusal with a status that is none", [200, refusal(500)], "EXEC-bmhNhpcqpF"],
    ["another status", [500, ""], "EXEC-dra6yamk98"],
    ["a connection that is cut", undefined, 'Post "URL": EOF'],
    ["no JSON", [200, "hello"], "invalid character 'h' looking for beginning of value"],
    ["nothing", [200, ""], "QUERY-Dfbg2"],
  ] as const) {
    it(`end a call, if they may interrupt it, for ${what} (${error})`, async () => {
      respond = () => result;
      const { id } = await createTarget();
      await execute(method("GetUserByID"), id);
      assert.equal(await outcome(), error);
      await zitadel.action.v2beta.updateTarget({ id, targetType: { case: "restCall", value: {} } });
      assert.equal(await outcome(), "QUERY-Dfbg2");
    });
  }

  it("may exceed their timeout, which the caller of the RPC learns", async () => {
    respond = () => assert.fail("never called");
    await using silent = await serve(() => {});
    const { id } = await createTarget("slow", CALL, silent.url);
    await zitadel.action.v2beta.updateTarget({ id, timeout: { nanos: 50_000_000 } });
    await execute(method("GetUserByID"), id);
    await assert.rejects(zitadel.user.v2.getUserByID({ userId }), {
      rawMessage: `Post "${silent.url}": context deadline exceeded`,
    });
  });

  it("are called before the request is validated, and only for the most specific condition", async () => {
    const names: string[] = [];
    respond = (_, { url = "" }) => {
      names.push(url);
      return [200, ""];
    };
    const all = await createTarget("all", CALL, `${served.url}all`);
    const service = await createTarget("service", CALL, `${served.url}service`);
    const exact = await createTarget("exact", CALL, `${served.url}exact`);
    await execute({ case: "request", value: { condition: { case: "all", value: true } } }, all.id);
    const value = "zitadel.user.v2.UserService";
    await execute({ case: "request", value: { condition: { case: "service", value } } }, service.id);
    await execute(method("GetUserByID"), exact.id);
    names.length = 0;
    await assert.rejects(zitadel.user.v2.getUserByID({ userId: "" }), { message: /invalid_argument/ });
    await zitadel.user.v2.listUsers();
    await zitadel.settings.v2.getGeneralSettings();
    assert.deepEqual(names, ["/exact", "/service", "/all"]);
  });

  it("receive events, by type and by group, while nobody waits", async () => {
    const told = {
      "user.machine.added": Promise.withResolvers<object>(),
      "user.locked": Promise.withResolvers<object>(),
    };
    respond = (body) => {
      const event = JSON.parse(body) as { event_type: keyof typeof told };
      told[event.event_type]?.resolve(event);
      return [500, ""];
    };
    const { id } = await createTarget("events", { case: "restAsync", value: {} });
    await execute({ case: "event", value: { condition: { case: "group", value: "user.machine" } } }, id);
    await execute({ case: "event", value: { condition: { case: "event", value: "user.locked" } } }, id);
    const { userId: aggregateID } = await emulator.createServiceUser({ username: "bot" });
    await zitadel.user.v2.lockUser({ userId: aggregateID });
    assert.partialDeepStrictEqual(await told["user.machine.added"].promise, {
      aggregateID,
      aggregateType: "user",
      event_payload: { userName: "bot" },
    });
    assert.partialDeepStrictEqual(await told["user.locked"].promise, {
      aggregateID,
      userID: emulator.serviceUser.userId,
    });
  });

  it("refuse what the server refuses", async () => {
    const rejected = async (id: string, call: () => Promise<unknown>) =>
      await assert.rejects(call, { id }, id);
    const { action } = zitadel;
    const { id } = await createTarget();
    await rejected("V3-DKcYh", () => createTarget());
    await rejected("COMMAND-39f35d8uri", () =>
      action.v2beta.createTarget({ name: "x", endpoint: served.url, targetType: CALL }),
    );
    await rejected("COMMAND-xj14f2cccn", () => action.v2beta.updateTarget({ id: "1", name: "x" }));
    await rejected("QUERY-hj5oaniyrz", () => action.v2beta.getTarget({ id: "1" }));
    await rejected("COMMAND-17e8fq1ggk", () => execute(method("GetUserByID"), "1"));
    await rejected("COMMAND-vysplsevt8", () => execute(method("Nope"), id));
    await rejected("ACTION-5r5Ju", () => action.v2beta.setExecution({}));
    await rejected("COMMAND-cdy39t0ksr", () => execute({ case: "function", value: { name: "nope" } }, id));
    await action.v2beta.deleteTarget({ id });
    await action.v2beta.deleteTarget({ id });
    await rejected("QUERY-hj5oaniyrz", () => action.v2beta.getTarget({ id }));
  });

  it("are listed with their conditions", async () => {
    const { id } = await createTarget();
    const conditions: Condition[] = [
      method("GetUserByID"),
      { case: "response", value: { condition: { case: "service", value: "zitadel.user.v2.UserService" } } },
      { case: "event", value: { condition: { case: "group", value: "user.human" } } },
      { case: "function", value: { name: "preaccesstoken" } },
    ];
    for (const condition of conditions) await execute(condition, id);
    const { executions } = await zitadel.action.v2beta.listExecutions({
      filters: [{ filter: { case: "targetFilter", value: { targetId: id } } }],
    });
    assert.deepEqual(executions.map(({ condition }) => condition?.conditionType.case).sort(), [
      "event",
      "function",
      "request",
      "response",
    ]);
    const { targets } = await zitadel.action.v2beta.listTargets({
      filters: [{ filter: { case: "targetNameFilter", value: { targetName: "hook" } } }],
    });
    assert.deepEqual(
      targets.map(({ id }) => id),
      [id],
    );
    assert.ok(
      (await zitadel.action.v2beta.listExecutionMethods()).methods.includes(
        "/zitadel.user.v2.UserService/GetUserByID",
      ),
    );
  });
});
