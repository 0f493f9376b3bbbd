import { generateKeyPairSync } from "node:crypto";
import { type Emulator, type ServiceUser, startEmulator } from "../../../src/testing/index.ts";
import { API_SCOPE, type Client, type RpcExchange, type TokenExchange } from "../exchanges.ts";
import { type AssertionChanges, type KeyFile, signAssertion } from "./assertion.ts";
import { type RawRequest, send } from "./raw-http.ts";
import { rpcRequest, type WireProtocol } from "./rpc-wire.ts";

const FORM = "application/x-www-form-urlencoded";

/** An emulator in the state in which the exchanges were recorded: four users, one of them without a secret. */
export interface Fixture extends AsyncDisposable {
  readonly emulator: Emulator;
  tokenRequest(exchange: TokenExchange): Promise<RawRequest>;
  rpcRequest(exchange: RpcExchange, protocol: WireProtocol): Promise<RawRequest>;
}

export async function startFixture(): Promise<Fixture> {
  const emulator = await startEmulator();
  const bot = await emulator.createServiceUser({ username: "ci-bot", roles: ["IAM_OWNER"] });
  const secretless = await emulator.createServiceUser({ username: "admin-sa" });
  await send(emulator.url, {
    httpVersion: "1.1",
    path: "/zitadel.user.v2.UserService/RemoveSecret",
    headers: { "content-type": "application/json", authorization: `Bearer ${bot.token}` },
    body: JSON.stringify({ userId: secretless.userId }),
  });
  return {
    emulator,
    tokenRequest: (exchange) => tokenRequest(emulator.url, bot, secretless, exchange),
    rpcRequest: async (exchange, protocol) => {
      const { path, message = {}, raw, method, token, headers = {} } = exchange;
      const bearer = token === undefined ? undefined : await tokenFor(token);
      const authorization = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
      const request = await rpcRequest(protocol, path, message, {
        ...authorization,
        ...fill(headers, bot.token),
      });
      return { ...request, method, body: method === "GET" ? undefined : (raw ?? request.body) };
    },
    [Symbol.asyncDispose]: () => emulator.close(),
  };

  async function tokenFor(kind: RpcExchange["token"]): Promise<string> {
    if (kind === "pat") return bot.token;
    const scope = kind === "issued" ? API_SCOPE : "openid";
    const assertion = await signAssertion(bot.keyFile, emulator.url);
    const body = new URLSearchParams({ grant_type: JWT_BEARER, scope, assertion }).toString();
    const request = {
      httpVersion: "1.1" as const,
      path: "/oauth/v2/token",
      headers: { "content-type": FORM },
      body,
    };
    return JSON.parse((await send(emulator.url, request)).body.toString()).access_token;
  }
}

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

function fill(headers: Readonly<Record<string, string>>, pat: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace("PAT", pat)]),
  );
}

async function tokenRequest(
  issuer: string,
  bot: ServiceUser,
  secretless: ServiceUser,
  exchange: TokenExchange,
): Promise<RawRequest> {
  const path = "/oauth/v2/token";
  const { grant, scope, basic, body, host, raw } = exchange;
  if (raw !== undefined) {
    const type: Record<string, string> =
      raw.contentType === undefined ? {} : { "content-type": raw.contentType };
    return { httpVersion: "1.1", path, method: raw.method, headers: type, body: raw.body };
  }
  const form = new URLSearchParams();
  if (grant !== undefined) form.set("grant_type", grant);
  if (scope !== undefined) form.set("scope", scope);
  const assertion = await makeAssertion(exchange, bot.keyFile, issuer);
  if (assertion !== "") form.set("assertion", assertion);
  if (body !== undefined) {
    const [id, secret] = credentials(body);
    form.set("client_id", id);
    form.set("client_secret", secret);
  }
  const authorization =
    basic === undefined ? undefined : Buffer.from(credentials(basic).join(":")).toString("base64");
  const headers = {
    "content-type": FORM,
    ...(host === undefined ? {} : { host }),
    ...(authorization === undefined ? {} : { authorization: `Basic ${authorization}` }),
  };
  return { httpVersion: "1.1", path, headers, body: form.toString() };

  function credentials(client: Client): [id: string, secret: string] {
    switch (client) {
      case "good":
        return [bot.clientId, bot.clientSecret];
      case "wrong secret":
        return [bot.clientId, "wrong"];
      case "unknown":
        return ["nobody", "secret"];
      case "without secret":
        return [secretless.clientId, "secret"];
    }
  }
}

async function makeAssertion(
  { assertion, assertionKey }: TokenExchange,
  keyFile: string,
  issuer: string,
): Promise<string> {
  if (assertion === undefined) return "";
  if (typeof assertion === "string") return assertion;
  const aud = [assertion.aud ?? "ISSUER"].flat().map((one) => one.replace("ISSUER", issuer));
  const changes: AssertionChanges = { ...assertion, aud: aud.length === 1 ? aud[0] : aud };
  return await signAssertion(assertionKey === undefined ? keyFile : withAnotherKey(keyFile), issuer, changes);
}

function withAnotherKey(keyFile: string): string {
  const file = JSON.parse(keyFile) as KeyFile;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return JSON.stringify({ ...file, key: privateKey.export({ type: "pkcs1", format: "pem" }) });
}
