import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import { create as createMessage, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { readOptionComments, readPickedOptions } from "../../scripts/option-comments.ts";
import { createCallerVerifier, hasRole } from "../../src/callers/index.ts";
import { run } from "../../src/cli/run.ts";
import { doctor } from "../../src/doctor/doctor.ts";
import type { DoctorOptions } from "../../src/doctor/doctor-context.ts";
import {
  authFromEnvironment,
  bulk,
  clientCredentials,
  createZitadel,
  followEvents,
  latestEventCursor,
  personalAccessToken,
  privateKeyJwt,
  systemUser,
  tokenExchange,
  until,
  type Zitadel,
} from "../../src/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { proxyFor } from "../../src/transport/dial/proxy.ts";
import { createWebhook, refuse } from "../../src/webhooks/index.ts";
import { pkcs1, rsaPair, serviceAccountKey } from "../auth/support/keys.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../codegen/support/files.ts";

const key = serviceAccountKey();
const keyFile = JSON.stringify(key);
const pem = pkcs1(rsaPair());
const jwt = [{ alg: "RS256" }, { sub: "286399136148586498", aud: "https://acme.example.com" }]
  .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
  .concat(randomBytes(128).toString("base64url"))
  .join(".");

/** Secrets that may be put in a wrong place. */
const SECRETS: Readonly<Record<string, string>> = {
  "a private key in PEM": pem,
  "a private key on one line": pem.replaceAll("\n", "\\n"),
  "the content of a key file": keyFile,
  "a key file in Base64": Buffer.from(keyFile).toString("base64"),
  "a key file in quotes": JSON.stringify(keyFile),
  "a personal access token": randomBytes(53).toString("base64url"),
  "a header": `Bearer ${randomBytes(53).toString("base64url")}`,
  "a client secret": randomBytes(48).toString("hex").slice(0, 64),
  "a secret with slashes": `${randomBytes(20).toString("hex")}/${randomBytes(20).toString("hex")}+/==`,
  "a JWT": jwt,
  "a URL with a password": `https://me:${randomBytes(9).toString("hex")}@acme.example.com`,
  "a URL with a password and a bad port": `https://me:${randomBytes(9).toString("hex")}@acme.example.com:port`,
  "a password with a newline": `${randomBytes(9).toString("hex")}\n`,
};

/** A leak is so much of the secret: what all secrets of its kind have in common does not count. */
function leak(secret: string, shown: string): string | undefined {
  const common =
    "-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----https://acme.example.com:port/";
  // Every piece of 12 contains one of these, and most texts contain none.
  const parts = secret.match(/.{6}/gs) ?? [];
  if (!parts.some((part) => shown.includes(part))) return undefined;
  for (let at = 0; at + 12 <= secret.length; at++) {
    const piece = secret.slice(at, at + 12);
    if (!common.includes(piece) && !/serviceacc|expirationDate|BEGIN|END |PRIVATE|keyId|userId/.test(piece)) {
      if (shown.includes(piece)) return piece;
    }
  }
  return undefined;
}

/** Every way in which an error can end up in a log. */
function spellOut(error: unknown): string {
  return [
    inspect(error, { showHidden: true, depth: Number.POSITIVE_INFINITY, getters: true, breakLength: 1e6 }),
    JSON.stringify(error),
    String(error),
    error instanceof Error ? `${error.message} ${error.stack} ${spellOut(error.cause ?? "")}` : "",
  ].join("\n");
}

type Misuse = (secret: never) => unknown;

const url = "https://acme.zitadel.cloud";
const auth = personalAccessToken({ token: "a-token" });
const create = (options: object): unknown => createZitadel({ url, auth, ...options } as never);

/** The options that an interface declares. */
function findOptions(file: string, name: string): string[] {
  const options = readOptionComments(`src/${file}`, name).map(({ option }) => option);
  assert.notDeepEqual(options, []);
  return options;
}

const OPTIONS = [
  ...findOptions("client/client-options.ts", "ZitadelOptions"),
  ...readPickedOptions("src/client/client-options.ts", "NetworkOptions"),
];

/** An option of something, with the secret as its value. */
function each(
  prefix: string,
  names: string | readonly string[],
  misplace: (options: object) => unknown,
): [string, Misuse][] {
  return (typeof names === "string" ? names.split(" ") : names).map((name) => [
    `${prefix}${name}`,
    (secret) => misplace({ [name]: secret }),
  ]);
}

const METHODS = [
  [privateKeyJwt, "keyFile key scopes projectIds issuer", { key }],
  [clientCredentials, "clientId clientSecret clientSecretFile scopes", { clientId: "a", clientSecret: "b" }],
  [personalAccessToken, "token tokenFile", {}],
  [systemUser, "userId key keyFile audience", { userId: "ops", key: pem }],
  [
    tokenExchange,
    "client subject actor scopes audience issuer",
    { client: { key }, subject: { accessToken: "a" } },
  ],
] as const;

const webhook = (options: object): unknown => createWebhook({ signingKey: "a", ...options });
const encrypted = (decryptionKey: unknown): unknown =>
  webhook({ payload: "jwe", jwks: { keys: [] }, decryptionKey });
const verifier = (options: object): unknown =>
  createCallerVerifier({ url, projectId: "1", ...options } as never);
const introspection = (options: object): unknown => verifier({ introspection: options });
const someVerifier = () => createCallerVerifier({ url, projectId: "1" });
const INSTANCE_OPTIONS = readPickedOptions("src/callers/verifier-options.ts", "InstanceOptions");

let emulator: Emulator;
const zitadel = () =>
  createZitadel({ url: emulator.url, auth: personalAccessToken({ token: emulator.serviceUser.token }) });

/** Everything that accepts options, each with a secret in place of one. */
const PLACES: readonly [string, Misuse][] = [
  ...each("createZitadel() ", OPTIONS, create),
  ...each("tls.", findOptions("transport/dial/tls.ts", "TlsOptions"), (tls) => create({ tls })),
  ["tls.ca as bytes", (secret: string) => create({ tls: { ca: Buffer.from(secret) } })],
  ["an entry of tls.ca", (secret) => create({ tls: { ca: [secret] } })],
  ...each("retry.", findOptions("transport/retry/retry-policy.ts", "RetryOptions"), (retry) =>
    create({ retry }),
  ),
  ...each("pace.", findOptions("transport/pace/pace-options.ts", "PaceOptions"), (pace) => create({ pace })),
  ["a name of an option", (secret) => create({ [secret]: 1 })],
  ["a name in retry", (secret) => create({ retry: { [secret]: 1 } })],
  ["the argument of createZitadel()", (secret) => createZitadel(secret)],
  ["the value of a header", (secret) => create({ headers: { authorization: secret } })],
  ["the name of a header", (secret) => create({ headers: { [secret]: "x" } })],
  ["headers as pairs", (secret) => create({ headers: [["authorization", `${secret}\n x`]] })],
  ["a proxy of another scheme", (secret) => create({ proxy: `socks5://${secret}` })],
  ["the address's host", (secret) => create({ address: `${secret}:443` })],
  ["the url's host", (secret) => create({ url: `https://${secret}` })],
  ["withHeaders()", (secret) => zitadel().withHeaders({ authorization: secret })],
  ["withOrganization()", (secret) => zitadel().withOrganization(secret)],
  ...METHODS.flatMap(([method, names, others]) => [
    ...each(`${method.name}() `, names, (options) =>
      method({ ...without(others, options), ...options } as never),
    ),
    [`the argument of ${method.name}()`, (secret) => method(secret)] as [string, Misuse],
  ]),
  ...each("tokenExchange() client.", "keyFile key clientSecretFile clientSecret projectId", (client) =>
    tokenExchange({ client: { clientId: "a", ...client }, subject: { accessToken: "a" } } as never),
  ),
  ...["KEY_FILE", "KEY", "SERVICE_USER_TOKEN", "SERVICE_USER_TOKEN_FILE"].map((name): [string, Misuse] => [
    `ZITADEL_${name}`,
    (secret) => authFromEnvironment({ [`ZITADEL_${name}`]: secret }),
  ]),
  ["HTTPS_PROXY", (secret) => withVariable("HTTPS_PROXY", secret, () => proxyFor(url, "environment"))],
  ...each("a call's ", [...findOptions("client/call-options.ts", "CallOptions"), "timeout"], (options) =>
    zitadel().user.v2.getUserByID({ userId: "1" }, options),
  ),
  ["a header of a call", (secret) => zitadel().user.v2.listUsers({}, { headers: { authorization: secret } })],
  ["a request", (secret) => zitadel().user.v2.getUserByID(secret)],
  ...each("a list's ", findOptions("client/lists/list-options.ts", "ListOptions"), (options) =>
    zitadel().user.v2.listUsers({}, options),
  ),
  ["the limit of toArray()", (secret) => zitadel().user.v2.listUsers({}).toArray({ limit: secret })],
  ...each("bulk() ", findOptions("jobs/bulk.ts", "BulkOptions"), (options) => bulk([1], () => 1, options)),
  ...each("until() ", [...findOptions("jobs/until.ts", "UntilOptions"), "interval"], (options) =>
    until(() => 1, options),
  ),
  ...each("followEvents() ", findOptions("events/follow-options.ts", "FollowEventsOptions"), (options) =>
    followEvents(zitadel(), options),
  ),
  ...each("latestEventCursor() ", "windowMs", (options) => latestEventCursor(zitadel(), options)),
  ...each("createWebhook() ", findOptions("webhooks/webhook-options.ts", "WebhookOptions"), (options) =>
    webhook({ payload: "jwt", jwks: "https://acme.example.com/oauth/v2/keys", ...options }),
  ),
  ["the argument of createWebhook()", (secret) => createWebhook(secret)],
  ["a name of an option of createWebhook()", (secret) => webhook({ [secret]: 1 })],
  ["jwks as a URL of http", (secret) => webhook({ jwks: `http://${secret}` })],
  ["keys of jwks", (secret) => webhook({ jwks: { keys: secret } })],
  ["decryptionKey with payload jwe", (secret) => encrypted(secret)],
  ["an entry of decryptionKey", (secret) => encrypted({ id: `${secret} ` })],
  ["a name in decryptionKey", (secret) => encrypted({ [secret]: "x" })],
  ["the status of refuse()", (secret) => refuse(secret, "no")],
  [
    "the body and the signature of verify()",
    (secret) => createWebhook({ signingKey: "a" }).verify(secret, secret),
  ],
  ...each(
    "createCallerVerifier() ",
    [...INSTANCE_OPTIONS, ...findOptions("callers/verifier-options.ts", "CallerVerifierOptions")],
    verifier,
  ),
  ["the argument of createCallerVerifier()", (secret) => createCallerVerifier(secret)],
  ["a name of an option of createCallerVerifier()", (secret) => verifier({ [secret]: 1 })],
  ...each("introspection.", "keyFile key clientSecretFile clientSecret maxAgeMs maxEntries", (options) =>
    introspection({ ...("keyFile" in options || "key" in options ? {} : { clientId: "a" }), ...options }),
  ),
  ["introspection.clientId", (secret) => introspection({ clientId: secret })],
  [
    "introspection.clientId beside a secret",
    (secret) => introspection({ clientId: secret, clientSecret: "" }),
  ],
  ["a name in introspection", (secret) => introspection({ [secret]: 1 })],
  ...["KEY_FILE", "KEY", "CLIENT_ID", "CLIENT_SECRET"].map((name): [string, Misuse] => [
    `ZITADEL_INTROSPECTION_${name}`,
    (secret) => withVariable(`ZITADEL_INTROSPECTION_${name}`, secret, () => verifier({})),
  ]),
  ["ZITADEL_PROJECT_ID", (secret) => withVariable("ZITADEL_PROJECT_ID", secret, () => verifier({}))],
  ["a token that is verified", (secret: string) => someVerifier().verify(`${secret} `)],
  ["a role that is required", (secret) => someVerifier().middleware(secret)],
  ...each("a requirement's ", "role organizationId roles", (options) => someVerifier().middleware(options)),
  ["hasRole()", (secret) => hasRole({ roles: {} }, "a", secret)],
  ...each("startEmulator() ", findOptions("testing/emulator.ts", "EmulatorOptions"), (options) =>
    startEmulator(options).then((started) => started.close()),
  ),
];

function without(others: object, given: object): object {
  const [name = ""] = Object.keys(given);
  const stem = name.replace(/File$/, "");
  return Object.fromEntries(Object.entries(others).filter(([other]) => other !== stem));
}

function withVariable<T>(name: string, value: string, use: () => T): T {
  const before = process.env[name];
  process.env[name] = value;
  try {
    return use();
  } finally {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
}

describe("a secret in place of another value is not repeated in any error", () => {
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());

  for (const [place, misplace] of PLACES) {
    it(place, async () => {
      let refused = 0;
      for (const [what, secret] of Object.entries(SECRETS)) {
        try {
          const made = await misplace(secret as never);
          if (typeof made === "object" && made !== null && "close" in made) await (made as Zitadel).close();
        } catch (error) {
          refused++;
          assert.equal(leak(secret, spellOut(error)), undefined, `${what}: ${spellOut(error)}`);
        }
      }
      assert.ok(refused > 0 || TAKES_ANY_TEXT.test(place), "nothing is refused");
    });
  }

  it("a secret that leaks would be found by this test", () => {
    for (const secret of Object.values(SECRETS)) {
      assert.notEqual(leak(secret, spellOut(new Error("x", { cause: { deep: secret } }))), undefined);
    }
  });
});

/** A user agent may be any line, an id or a password any text. */
const TAKES_ANY_TEXT =
  /^createZitadel\(\) (userAgent|organizationId|socketPath)$|serverName|passphrase|Id$|audience|projectIds|scopes|withHeaders|withOrganization|socketPath|_ID$|^a requirement's role$|hasRole|resourceOwner/;

describe("a secret in place of another value is not in the output of the doctor or the command line", () => {
  const good = { ZITADEL_API_URL: "http://127.0.0.1:1" };

  for (const [place, options] of Object.entries({
    url: (secret) => ({ url: secret, env: {} }),
    ZITADEL_API_URL: (secret) => ({ env: { ZITADEL_API_URL: secret } }),
    ZITADEL_KEY_FILE: (secret) => ({ env: { ...good, ZITADEL_KEY_FILE: secret } }),
    ZITADEL_KEY: (secret) => ({ env: { ...good, ZITADEL_KEY: secret } }),
    ZITADEL_CLIENT_ID: (secret) => ({ env: { ...good, ZITADEL_CLIENT_ID: secret } }),
    ZITADEL_SERVICE_USER_TOKEN: (secret) => ({ env: { ...good, ZITADEL_SERVICE_USER_TOKEN: secret } }),
    ZITADEL_SERVICE_USER_TOKEN_FILE: (secret) => ({
      env: { ...good, ZITADEL_SERVICE_USER_TOKEN_FILE: secret },
    }),
    instanceHost: (secret) => ({ env: good, instanceHost: secret }),
    "tls.ca": (secret) => ({ env: good, tls: { ca: secret } }),
    proxy: (secret) => ({ env: good, proxy: secret }),
    address: (secret) => ({ env: good, address: secret }),
  } satisfies Record<string, (secret: string) => DoctorOptions>)) {
    it(`the doctor, ${place}`, async () => {
      for (const [what, secret] of Object.entries(SECRETS)) {
        const shown: unknown[] = [];
        for await (const finding of doctor({ ...options(secret), checkTimeoutMs: 500 })) shown.push(finding);
        assert.equal(leak(secret, spellOut(shown)), undefined, `${what}: ${spellOut(shown)}`);
      }
    });
  }

  it("the doctor, HTTP_PROXY", async (test) => {
    const { HTTP_PROXY, NO_PROXY } = process.env;
    test.after(() => {
      for (const [name, value] of Object.entries({ HTTP_PROXY, NO_PROXY })) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    });
    for (const secret of Object.values(SECRETS)) {
      // The host in a proxy's URL is not a secret.
      if (/@acme\.example\.com$/.test(secret)) continue;
      process.env["HTTP_PROXY"] = secret;
      process.env["NO_PROXY"] = "";
      const shown: unknown[] = [];
      for await (const one of doctor({ env: good, checkTimeoutMs: 500 })) shown.push(one);
      assert.equal(leak(secret, spellOut(shown)), undefined, spellOut(shown));
    }
  });

  let directory: TemporaryDirectory;
  before(() => {
    // Not as JSON, which only Buf reads.
    const file = [{ name: "acme.proto", syntax: "proto3" }];
    const image = toBinary(FileDescriptorSetSchema, createMessage(FileDescriptorSetSchema, { file }));
    directory = temporaryDirectory({ "api.binpb": image });
  });
  after(() => directory[Symbol.dispose]());

  const local = ["--from", "http://127.0.0.1:1", "--out", "gen"];
  for (const [place, args] of Object.entries({
    "doctor --url": (secret) => ["doctor", "--url", secret],
    "doctor --key-file": (secret) => ["doctor", "--url", "http://127.0.0.1:1", "--key-file", secret],
    "doctor --ca": (secret) => ["doctor", "--ca", secret],
    "doctor --http-version": (secret) => ["doctor", "--http-version", secret],
    "doctor and a word": (secret) => ["doctor", secret],
    "doctor and an option that there is not": (secret) => ["doctor", `--${secret}`],
    "a command": (secret) => [secret],
    "generate --from": (secret) => ["generate", "--from", secret, "--out", "gen"],
    "generate --from, as a host": (secret) => ["generate", "--from", `https://${secret}`, "--out", "gen"],
    "generate --from, as a path": (secret) => ["generate", "--from", `./${secret}`, "--out", "gen"],
    "generate --from npm:": (secret) => ["generate", "--from", `npm:${secret} `, "--out", "gen"],
    "generate --from file:": (secret) => ["generate", "--from", `file://${secret}`, "--out", "gen"],
    "generate --from, after #": (secret) => ["generate", "--from", `api#${secret}`, "--out", "gen"],
    "generate --from, a tag": (secret) => ["generate", "--from", `../x.git#tag=-${secret}`, "--out", "gen"],
    "diff --from": (secret) => ["diff", "--from", secret, "--to", "api.binpb"],
    "diff --to": (secret) => ["diff", "--from", "api.binpb", "--to", secret],
    "generate --ca": (secret) => ["generate", ...local, "--ca", secret],
    "generate --cert": (secret) => ["generate", ...local, "--cert", secret],
    "generate --key": (secret) => ["generate", ...local, "--key", secret],
    "generate --proxy": (secret) => ["generate", ...local, "--proxy", secret],
    "generate --timeout": (secret) => ["generate", ...local, "--timeout", secret],
    "generate --target": (secret) => ["generate", ...local, "--target", secret],
    "generate --config": (secret) => ["generate", ...local, "--config", secret],
    "generate --header": (secret) => ["generate", ...local, "--header", secret],
  } satisfies Record<string, (secret: string) => string[]>)) {
    for (const debug of [[], ["--debug"]]) {
      it(`zitadel-connect ${[place, ...debug].join(" ")}`, async () => {
        for (const [what, secret] of Object.entries(SECRETS)) {
          let shown = "";
          const write = (text: string): void => {
            shown += text;
          };
          const terminal = { directory: directory.path, env: good, out: write, err: write, status: write };
          await run([...args(secret), ...debug], terminal);
          assert.equal(leak(secret, shown), undefined, `${what}: ${shown}`);
          assert.notEqual(shown, "");
        }
      });
    }
  }
});
