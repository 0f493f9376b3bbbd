import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import type { DescService } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { compactDecrypt, compactVerify, createRemoteJWKSet } from "jose";
import { createZitadel, personalAccessToken, ZitadelError } from "../../src/index.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../src/testing/index.ts";
import { serve } from "../webhooks/support/serve.ts";
import { newerServices } from "./newer/services.ts";

const INSTANCES = "zitadel.instance.v2.InstanceService";
const GROUPS = "zitadel.group.v2.GroupService";
const METHOD = "/zitadel.action.v2.ActionService/ListExecutionFunctions";

async function newer(typeName: string): Promise<DescService> {
  const found = (await newerServices()).find((one) => one.typeName === typeName);
  assert.ok(found);
  return found;
}

/** Calls an RPC of a service that the client was not built for. */
async function call(
  emulator: Emulator,
  service: DescService,
  rpc: string,
  request = {},
): Promise<Record<string, unknown>> {
  const auth = personalAccessToken({ token: emulator.serviceUser.token });
  await using zitadel = createZitadel({ url: emulator.url, auth });
  const client: Readonly<Record<string, unknown>> = zitadel.client(service);
  // The types of services that are read at run time are not known.
  return await (client[rpc] as (request: object) => Promise<Record<string, unknown>>)(request);
}

const findCode = async (result: Promise<unknown>): Promise<[Code, string]> =>
  await result.then(
    () => assert.fail("the call should have failed"),
    (error: unknown) => {
      assert.ok(error instanceof ZitadelError);
      return [error.code, error.message];
    },
  );

describe("services that were generated from a newer server", () => {
  it("are known by their descriptors, or by the tree of generated code, which is loaded on the first call", async () => {
    const service = await newer(GROUPS);
    let loads = 0;
    const load = async () => {
      loads += 1;
      return service;
    };
    const tree = { group: { v2: { $service: { typeName: GROUPS, methods: [], lists: {}, load } } } };
    for (const services of [[service], tree]) {
      await using emulator = await startEmulator({ services });
      assert.equal(loads, 0);
      const owner = emulator.serviceUser.organizationId;
      await call(emulator, service, "createGroup", { organizationId: owner, name: "Team" });
    }
    assert.ok(loads > 0);
  });

  it("are unimplemented, with the name of the RPC, where the emulator has no implementation, and may get handlers", async () => {
    const service = await newer(INSTANCES);
    await using emulator = await startEmulator({ services: [service] });
    const [code, message] = await findCode(call(emulator, service, "deleteInstance", { instanceId: "1" }));
    assert.equal(code, Code.Unimplemented);
    assert.match(message, /zitadel\.instance\.v2\.InstanceService.DeleteInstance/);
    const handlers: object = { deleteInstance: () => ({}) };
    emulator.handle(service, handlers);
    await call(emulator, service, "deleteInstance", { instanceId: "1" });
  });

  it("are unimplemented, with the name of the RPC, unless they are passed to the emulator", async () => {
    await using emulator = await startEmulator();
    const [code, message] = await findCode(call(emulator, await newer(GROUPS), "getGroup", { id: "1" }));
    assert.equal(code, Code.Unimplemented);
    assert.match(message, /zitadel\.group\.v2\.GroupService\/GetGroup/);
  });

  it("have targets whose payload is encrypted for their active key, and not sent without one", async () => {
    const actions = await newer("zitadel.action.v2.ActionService");
    await using emulator = await startEmulator({ services: [actions] });
    const bodies: string[] = [];
    await using served = await serve(async (request, response) => {
      bodies.push(await text(request));
      response.end();
    });
    const { id: targetId } = await call(emulator, actions, "createTarget", {
      name: "sealed",
      endpoint: served.url,
      timeout: { seconds: 5n },
      targetType: { case: "restWebhook", value: { interruptOnError: true } },
      payloadType: 3,
    });
    const condition = {
      conditionType: { case: "request", value: { condition: { case: "method", value: METHOD } } },
    };
    await call(emulator, actions, "setExecution", { condition, targets: [targetId] });
    const list = () => call(emulator, actions, "listExecutionFunctions");
    await assert.rejects(list(), { id: "EXEC-2n8fhs7g" });

    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const publicKey = Buffer.from(pair.publicKey.export({ type: "spki", format: "pem" }));
    const { keyId } = await call(emulator, actions, "addPublicKey", { targetId, publicKey });
    await call(emulator, actions, "activatePublicKey", { targetId, keyId });
    await list();
    const { plaintext, protectedHeader } = await compactDecrypt(bodies[0] ?? "", pair.privateKey);
    assert.equal(protectedHeader.kid, keyId);
    const keys = createRemoteJWKSet(new URL("/oauth/v2/keys", emulator.url));
    const { payload } = await compactVerify(plaintext, keys);
    const { fullMethod } = JSON.parse(Buffer.from(payload).toString()) as { fullMethod: string };
    assert.equal(fullMethod, METHOD);
    await assert.rejects(call(emulator, actions, "removePublicKey", { targetId, keyId }), {
      id: "ErrPublicKeyDeleteActiveKey",
    });
  });

  it("are refused if they are something else", async () => {
    for (const services of [[{}], "services", 1] as unknown as EmulatorOptions["services"][]) {
      await assert.rejects(startEmulator({ services }), /^TypeError: startEmulator\(\): services /);
    }
  });

  it("show the settings of providers that only they know", async () => {
    const [management, idp] = await Promise.all([
      newer("zitadel.management.v1.ManagementService"),
      newer("zitadel.idp.v2.IdentityProviderService"),
    ]);
    await using emulator = await startEmulator({ services: [management, idp] });
    const metadata =
      '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.test"/>';
    const added = await call(emulator, management, "addSAMLProvider", {
      name: "SAML",
      metadata: { case: "metadataXml", value: Buffer.from(metadata) },
      signatureAlgorithm: 3,
    });
    const { idp: shown } = await call(emulator, idp, "getIDPByID", { id: added["id"] });
    assert.partialDeepStrictEqual(shown, { config: { config: { value: { signatureAlgorithm: 3 } } } });
  });

  it("return the keys that sign messages, also another one if it is requested", async () => {
    const admin = await newer("zitadel.admin.v1.AdminService");
    await using emulator = await startEmulator({ services: [admin] });
    const http = { endpoint: "http://127.0.0.1:9/mail", description: "Mail" };
    const { id, signingKey } = await call(emulator, admin, "addEmailProviderHTTP", http);
    assert.match(String(signingKey), /^\w{36}$/);
    const unchanged = await call(emulator, admin, "updateEmailProviderHTTP", { id, ...http });
    assert.equal(unchanged["signingKey"], "");
    const renewal = { id, ...http, expirationSigningKey: {} };
    const renewed = await call(emulator, admin, "updateEmailProviderHTTP", renewal);
    assert.match(String(renewed["signingKey"]), /^\w{36}$/);
    assert.notEqual(renewed["signingKey"], signingKey);
  });
});
