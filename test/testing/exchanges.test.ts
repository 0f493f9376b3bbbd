import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { ListUsersResponseSchema as ListUsersV1 } from "../../gen/zitadel/management_pb.js";
import { ListUsersResponseSchema as ListUsersV2 } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { newerThanThePin, rpcExchanges, tokenExchanges, UNKNOWN_HOST } from "./exchanges.ts";
import { type Fixture, startFixture } from "./support/exchange-fixture.ts";
import { send } from "./support/raw-http.ts";
import { checkRpcOutcome } from "./support/rpc-outcomes.ts";
import { rpcRequest, type WireProtocol } from "./support/rpc-wire.ts";

const TOKEN = { parts: 5, minLength: 270, maxLength: 290 } as const;

/** Services of v2 and v2beta; all others, including unknown ones, respond like v1. */
function toGeneration(path: string): "v1" | "v2" {
  return /^\/+zitadel\.(?!analytics)\w+\.v2(beta)?\./.test(path) ? "v2" : "v1";
}

describe("the emulator responds like a Zitadel", () => {
  let fixture: Fixture;
  before(async () => {
    fixture = await startFixture();
  });
  after(() => fixture[Symbol.asyncDispose]());

  for (const exchange of tokenExchanges) {
    it(exchange.name, async () => {
      const response = await send(fixture.emulator.url, await fixture.tokenRequest(exchange));
      const { response: expected } = exchange;
      assert.ok(response.headers.has("x-request-id"));
      if (typeof expected === "object" && "status" in expected) {
        assert.equal(response.status, expected.status);
        assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
        assert.equal(response.headers.get("x-content-type-options"), "nosniff");
        assert.equal(response.body.toString(), `${expected.text}\n`);
        return;
      }
      assert.equal(response.headers.get("content-type"), "application/json");
      const body = JSON.parse(response.body.toString());
      if (expected === "ok") {
        assert.equal(response.status, 200);
        const { access_token: token, id_token: idToken, ...rest } = body;
        assert.deepEqual(rest, { token_type: "Bearer", expires_in: 43_199 });
        assert.match(token, /^eyJ/);
        assert.equal(token.split(".").length, TOKEN.parts);
        assert.ok(
          token.length > TOKEN.minLength && token.length < TOKEN.maxLength,
          `${token.length} characters`,
        );
        assert.equal(idToken.split(".").length, 3);
      } else {
        assert.equal(response.status, 400);
        assert.deepEqual(body, { error: expected[0], error_description: expected[1] });
      }
    });
  }

  for (const exchange of rpcExchanges) {
    for (const [name, expected] of Object.entries(exchange.outcomes)) {
      const protocol = name as WireProtocol;
      it(`${exchange.name}, over ${protocol}`, async () => {
        const request = await fixture.rpcRequest(exchange, protocol);
        const response = await send(fixture.emulator.url, request);
        const generation = toGeneration(exchange.path);
        const message = checkRpcOutcome(protocol, generation, response, expected);
        if (typeof expected === "object" && "items" in expected) {
          const { result } = fromBinary(
            generation === "v1" ? ListUsersV1 : ListUsersV2,
            message ?? Buffer.alloc(0),
          );
          assert.equal(result.length, expected.items);
        }
      });
    }
  }

  for (const path of newerThanThePin) {
    it(`reports ${path} as not found, since the pinned API does not have it`, async () => {
      const request = await rpcRequest("connect", path, {}, {});
      assert.equal((await send(fixture.emulator.url, request)).status, 404);
    });
  }

  describe("discovery", () => {
    const path = "/.well-known/openid-configuration";
    const get = (headers: Record<string, string> = {}) =>
      send(fixture.emulator.url, { httpVersion: "1.1", method: "GET", path, headers });

    it("names the issuer after the host that the client uses, and all endpoints below it", async () => {
      const response = await get();
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-type"), "application/json");
      const document = JSON.parse(response.body.toString());
      const { url } = fixture.emulator;
      assert.equal(document.issuer, url);
      assert.equal(document.token_endpoint, `${url}/oauth/v2/token`);
      assert.equal(document.jwks_uri, `${url}/oauth/v2/keys`);
      assert.deepEqual(document.token_endpoint_auth_methods_supported, [
        "none",
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
      ]);
    });

    it("refuses an unknown host", async () => {
      const response = await get({ host: "unknown.example" });
      assert.equal(response.status, 404);
      assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
      assert.equal(response.body.toString(), `${UNKNOWN_HOST}\n`);
    });

    it("prefers the instance's host in the header to the host of the connection", async () => {
      const response = await get({ host: "127.0.0.1:8080", "x-zitadel-instance-host": "localhost:8080" });
      assert.equal(JSON.parse(response.body.toString()).issuer, "http://localhost:8080");
    });

    it("publishes the key that signs id tokens, and the next one", async () => {
      const response = await send(fixture.emulator.url, {
        httpVersion: "1.1",
        method: "GET",
        path: "/oauth/v2/keys",
      });
      const { keys } = JSON.parse(response.body.toString());
      assert.equal(keys.length, 2);
      for (const { kid, n, ...key } of keys) {
        assert.deepEqual(key, { use: "sig", kty: "RSA", alg: "RS256", e: "AQAB" });
        assert.ok(kid.length > 0 && n.length > 300);
      }
    });
  });
});
