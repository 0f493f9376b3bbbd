import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { createLocalJWKSet, exportJWK, type JWK, jwtVerify } from "jose";
import Provider, { errors } from "oidc-provider";
import type { AuthContext } from "../../src/auth/auth-method.ts";
import { clientCredentials } from "../../src/auth/client-credentials.ts";
import { privateKeyJwt } from "../../src/auth/private-key-jwt.ts";
import { tokenExchange } from "../../src/auth/token-exchange/token-exchange.ts";
import { fastClock } from "./support/clocks.ts";
import { httpClient } from "./support/http-client.ts";
import { pkcs1, rsaPair, serviceAccountKey, temporaryDirectory } from "./support/keys.ts";

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const SCOPE = "openid urn:zitadel:iam:org:project:id:zitadel:aud";
const SECRET = "a secret: with+odd&characters=%/";

async function publicJwk(number: number, kid: string): Promise<JWK> {
  return { ...(await exportJWK(rsaPair(number).publicKey)), kid, use: "sig", alg: "RS256" };
}

interface Server {
  readonly provider: Provider;
  readonly context: AuthContext;
  readonly issuer: string;
}

/** An independent authorization server, with the clients of these tests. */
async function startProvider(test: TestContext): Promise<Server> {
  test.mock.method(console, "info", () => undefined);
  test.mock.method(console, "warn", () => undefined);
  let handle: ReturnType<Provider["callback"]> = (_, response) => response.end();
  const http = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  test.after(() => {
    http.closeAllConnections();
    http.close();
  });
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const common = { redirect_uris: [], response_types: [], scope: SCOPE };
  const provider = new Provider(issuer, {
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    scopes: SCOPE.split(" "),
    jwks: {
      keys: [{ ...(await exportJWK(rsaPair(2).privateKey)), kid: "server", use: "sig", alg: "RS256" }],
    },
    clientAuthMethods: ["client_secret_basic", "private_key_jwt", "none"],
    ttl: { ClientCredentials: 60 },
    extraClientMetadata: { properties: [] },
    clients: [
      { ...common, client_id: "ci bot@acme", client_secret: SECRET, grant_types: ["client_credentials"] },
      { ...common, client_id: "assertions", client_secret: SECRET, grant_types: [JWT_BEARER] },
      {
        ...common,
        client_id: "app",
        token_endpoint_auth_method: "private_key_jwt",
        jwks: { keys: [await publicJwk(0, "app-key")] },
        grant_types: [TOKEN_EXCHANGE],
      },
    ],
  });
  handle = (request, response) => provider.callback()(request, response);
  return { provider, issuer, context: { origin: issuer, http: httpClient, clock: fastClock(10) } };
}

/** Issues the provider's own token for a grant type that it does not implement itself. */
function grant(
  provider: Provider,
  name: string,
  parameters: readonly string[],
  check: (sent: Record<string, string | undefined>) => Promise<void>,
): void {
  const handler = async (
    context: Parameters<Parameters<Provider["registerGrantType"]>[1]>[0],
  ): Promise<void> => {
    await check(context.oidc.params);
    const token = new provider.ClientCredentials({ client: context.oidc.client, scope: SCOPE });
    context.body = { access_token: await token.save(), token_type: "Bearer", expires_in: token.expiration };
  };
  provider.registerGrantType(name, handler, parameters);
}

describe("with oidc-provider as the authorization server", () => {
  it("accepts client credentials, and refuses others with the server's own message", async (test) => {
    const { context } = await startProvider(test);
    const { token, expiresAt = 0 } = await clientCredentials({
      clientId: "ci bot@acme",
      clientSecret: SECRET,
    })(context).getToken();
    assert.match(token, /^[\w-]{20,}$/);
    const lifetimeMs = expiresAt - (context.clock?.now() ?? 0);
    assert.ok(lifetimeMs > 50_000 && lifetimeMs <= 60_000);
    await assert.rejects(
      clientCredentials({ clientId: "ci bot@acme", clientSecret: "wrong" })(context).getToken(),
      {
        code: "invalid_client",
        status: 401,
        description: "client authentication failed",
      },
    );
  });

  it("verifies an assertion with jose; rotation of the key under load fails no call", async (test) => {
    const { provider, context, issuer } = await startProvider(test);
    let registered = [await publicJwk(0, "key-1")];
    const used: (string | undefined)[] = [];
    grant(provider, JWT_BEARER, ["assertion", "scope"], async ({ assertion = "" }) => {
      const keys = createLocalJWKSet({ keys: registered });
      const { payload, protectedHeader } = await jwtVerify(assertion, keys, {
        issuer: "user-1",
        subject: "user-1",
        audience: issuer,
      }).catch(() => {
        throw new errors.InvalidGrant("invalid assertion");
      });
      assert.ok((payload.iat ?? 0) < Date.now() / 1_000 + 60);
      used.push(protectedHeader.kid);
    });
    // Zitadel requires no client with this grant; this server does.
    provider.use(async ({ req }, next) => {
      const encoded = new URLSearchParams({ "": SECRET }).toString().slice(1);
      if (req.method === "POST")
        req.headers.authorization ??= `Basic ${Buffer.from(`assertions:${encoded}`).toString("base64")}`;
      await next();
    });
    const keyFile = join(temporaryDirectory(test), "key.json");
    writeFileSync(keyFile, JSON.stringify(serviceAccountKey("key-1", 0)));
    const source = privateKeyJwt({ keyFile })(context);
    const tokens = new Set<string>();
    const call = async (): Promise<void> => {
      tokens.add((await source.getToken()).token);
      await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await Promise.all(Array.from({ length: 50 }, call));
    // The usual rotation: register the new key, replace the file, remove the old key.
    registered = [...registered, await publicJwk(1, "key-2")];
    writeFileSync(keyFile, JSON.stringify(serviceAccountKey("key-2", 1)));
    registered = registered.slice(1);
    const [first = ""] = tokens;
    await source.getToken({ rejected: first });
    await Promise.all(Array.from({ length: 50 }, call));
    assert.deepEqual(used, ["key-1", "key-2"]);
    assert.equal(tokens.size, 2);
    registered = [];
    await assert.rejects(privateKeyJwt({ keyFile })(context).getToken(), {
      code: "invalid_grant",
      description: "grant request is invalid",
    });
  });

  it("authenticates the application of a token exchange by private_key_jwt", async (test) => {
    const { provider, context } = await startProvider(test);
    let subject: string | undefined;
    const parameters = ["subject_token", "subject_token_type", "requested_token_type", "scope"];
    grant(provider, TOKEN_EXCHANGE, parameters, async ({ subject_token: sent }) => {
      subject = sent;
    });
    const key = { type: "application", keyId: "app-key", key: pkcs1(rsaPair()), clientId: "app" } as const;
    const exchange = tokenExchange({ client: { key }, subject: { accessToken: "42" } });
    assert.match((await exchange(context).getToken()).token, /^[\w-]{20,}$/);
    assert.equal(subject, "42");
    const stranger = { ...key, key: pkcs1(rsaPair(1)) };
    await assert.rejects(
      tokenExchange({ client: { key: stranger }, subject: { accessToken: "42" } })(context).getToken(),
      {
        code: "invalid_client",
      },
    );
  });
});
