import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createCallerVerifier } from "../../src/callers/index.ts";
import {
  authFromEnvironment,
  bulk,
  clientCredentials,
  createZitadel,
  followEvents,
  personalAccessToken,
  privateKeyJwt,
  systemUser,
  until,
  type Zitadel,
} from "../../src/index.ts";
import { openTelemetry } from "../../src/telemetry/index.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";

/** The mistakes that people make most, and what they are told: what they wrote, and the whole message. */
const MISTAKES: readonly Mistake[] = [
  { area: "configuration" },
  [
    `createZitadel()`,
    () => createZitadel(),
    "createZitadel(): url is not set, nor is ZITADEL_API_URL; expected an origin such as https://acme.zitadel.cloud",
  ],
  [
    `createZitadel("https://acme.zitadel.cloud")`,
    () => createZitadel("https://acme.zitadel.cloud" as never),
    "createZitadel(): its argument is a URL; expected an object: pass { url }",
  ],
  [
    `createZitadel({ baseUrl })`,
    () => create({ baseUrl: URL }),
    "createZitadel(): baseUrl is no option; did you mean url?",
  ],
  [
    `createZitadel({ timeout: 5_000 })`,
    () => create({ timeout: 5_000 }),
    "createZitadel(): timeout is no option; did you mean timeoutMs?",
  ],
  [
    `createZitadel({ token })`,
    () => create({ token: "abc" }),
    "createZitadel(): token is no option; did you mean auth: personalAccessToken({ token })?",
  ],
  [
    `createZitadel({ timeoutMs: "5000" })`,
    () => create({ timeoutMs: "5000" }),
    "createZitadel(): timeoutMs is a string; expected milliseconds from 0 to 2147483647",
  ],
  [
    `createZitadel({ protocol: "grpcweb" })`,
    () => create({ protocol: "grpcweb" }),
    'createZitadel(): protocol is a string; expected one of "auto", "connect", "grpc", "grpc-web"; did you mean "grpc-web"?',
  ],
  [
    `createZitadel({ allowInsecureHttp: "false" })`,
    () => create({ allowInsecureHttp: "false" }),
    "createZitadel(): allowInsecureHttp is a string; expected true or false",
  ],
  [
    `createZitadel({ retry: false })`,
    () => create({ retry: false }),
    "createZitadel(): retry is a boolean; expected an object: pass { maxAttempts: 1 }",
  ],
  [
    `createZitadel({ retry: { maxRetries: 5 } })`,
    () => create({ retry: { maxRetries: 5 } }),
    "createZitadel(): retry.maxRetries is no option; did you mean retry.maxAttempts?",
  ],
  [
    `createZitadel({ logger: console.log })`,
    () => create({ logger: console.log }),
    "createZitadel(): logger is a function without debug(), info(), warn(), error(); expected console, or a pino, winston or bunyan logger",
  ],
  [
    `createZitadel({ headers: { host: "acme.example.com" } })`,
    () => create({ headers: { host: "acme.example.com" } }),
    'createZitadel(): "host" in headers is set; expected none: the url names the host, and address says where to connect',
  ],
  [
    `createZitadel({ headers: { "x-key": "abc\\n" } })`,
    () => create({ headers: { "x-key": "abc\n d" } }),
    'createZitadel(): "x-key" in headers is a string with a newline or another character that no header can have; expected one line',
  ],
  [
    `openTelemetry({ tracer })`,
    () => openTelemetry({ tracer: {} } as never),
    "openTelemetry(): tracer is no option; did you mean tracerProvider?",
  ],

  { area: "URL" },
  [
    `url: "acme.zitadel.cloud"`,
    () => create({ url: "acme.zitadel.cloud" }),
    "createZitadel(): url is a host without a scheme; expected an origin such as https://acme.zitadel.cloud: put https:// before it",
  ],
  [
    `url: "https://acme.zitadel.cloud/ui/console"`,
    () => create({ url: "https://acme.zitadel.cloud/ui/console" }),
    "createZitadel(): url is a URL with a path; expected an origin such as https://acme.zitadel.cloud: leave it out",
  ],
  [
    `url: "http://zitadel.internal:8080"`,
    () => create({ url: "http://zitadel.internal:8080" }),
    "createZitadel(): url is an http URL of another machine, to which tokens would travel in the clear; expected an origin such as https://acme.zitadel.cloud: use https, or set allowInsecureHttp on a network that you trust",
  ],
  [
    `url: "https://me:pw@acme.zitadel.cloud"`,
    () => create({ url: "https://me:pw@acme.zitadel.cloud" }),
    "createZitadel(): url is a URL with a user name or password; expected an origin such as https://acme.zitadel.cloud: credentials go into the option auth",
  ],
  [
    `url: "https://acme.zitadel.cloud:port"`,
    () => create({ url: "https://acme.zitadel.cloud:port" }),
    "createZitadel(): url is a URL, which cannot be parsed; expected an origin such as https://acme.zitadel.cloud",
  ],
  [
    `url: <a personal access token>`,
    () => create({ url: TOKEN }),
    "createZitadel(): url is one long word, such as a token or a secret; expected an origin such as https://acme.zitadel.cloud",
  ],
  [
    `instanceHost: "https://acme.example.com"`,
    () => create({ instanceHost: "https://acme.example.com" }),
    'createZitadel(): instanceHost is a URL; expected a host such as "acme.example.com" or "acme.example.com:8443"',
  ],
  [
    `address: "zitadel.internal"`,
    () => create({ address: "zitadel.internal" }),
    'createZitadel(): address is a string; expected a host and a port, such as "10.1.2.3:8443" or "zitadel.internal:443"',
  ],
  [
    `a call to a host that is no instance`,
    () => callWith({ instanceHost: "other.example.com" }),
    "[not_found] zitadel.user.v2.UserService/GetUserByID: unable to set instance using origin &{other.example.com  http} (ExternalDomain is localhost): ID=QUERY-1kIjX Message=Instance not found. Make sure you got the domain right. Check out https://zitadel.com/docs/apis/introduction#domains. Check the url. If it is an internal address or another name of Zitadel, set instanceHost to the instance's own domain.",
  ],

  { area: "credentials" },
  [
    `createZitadel({ auth: token })`,
    () => create({ auth: TOKEN }),
    "createZitadel(): auth is one long word, such as a token or a secret; expected privateKeyJwt(…), clientCredentials(…), personalAccessToken(…) or an object with getToken()",
  ],
  [
    `nothing in the environment`,
    () => authFromEnvironment({}),
    "authFromEnvironment(): expected exactly one of ZITADEL_KEY_FILE, ZITADEL_KEY, ZITADEL_CLIENT_ID with ZITADEL_CLIENT_SECRET, ZITADEL_SERVICE_USER_TOKEN, ZITADEL_SERVICE_USER_TOKEN_FILE; set: none of them",
  ],
  [
    `two methods in the environment`,
    () => authFromEnvironment({ ZITADEL_KEY: "{}", ZITADEL_SERVICE_USER_TOKEN: "x" }),
    "authFromEnvironment(): expected exactly one of ZITADEL_KEY_FILE, ZITADEL_KEY, ZITADEL_CLIENT_ID with ZITADEL_CLIENT_SECRET, ZITADEL_SERVICE_USER_TOKEN, ZITADEL_SERVICE_USER_TOKEN_FILE; set: ZITADEL_KEY, ZITADEL_SERVICE_USER_TOKEN",
  ],
  [
    `ZITADEL_KEY_FILE=<the content of the file>`,
    () => authFromEnvironment({ ZITADEL_KEY_FILE: emulator.serviceUser.keyFile }),
    "authFromEnvironment(): ZITADEL_KEY_FILE is the content of a key file, and not a path; expected the path of a file: use ZITADEL_KEY",
  ],
  [
    `ZITADEL_KEY=/run/secrets/key.json`,
    () => authFromEnvironment({ ZITADEL_KEY: "/run/secrets/key.json" }),
    "authFromEnvironment(): ZITADEL_KEY is a path; expected the key file of a service user, of type serviceaccount, as Zitadel hands it out: use ZITADEL_KEY_FILE",
  ],
  [
    `ZITADEL_KEY=<the bare PEM of the file>`,
    () => authFromEnvironment({ ZITADEL_KEY: pem() }),
    "authFromEnvironment(): ZITADEL_KEY is a private key in PEM; expected the key file of a service user, of type serviceaccount, as Zitadel hands it out",
  ],
  [
    `privateKeyJwt("key.json")`,
    () => privateKeyJwt("key.json" as never),
    "privateKeyJwt(): its argument is a path; expected an object: pass { keyFile } or { key }",
  ],
  [
    `privateKeyJwt({ keyfile: "key.json" })`,
    () => privateKeyJwt({ keyfile: "key.json" } as never),
    "privateKeyJwt(): keyfile is no option; did you mean keyFile?",
  ],
  [
    `privateKeyJwt({ keyFile }), and no such file`,
    () => privateKeyJwt({ keyFile: join(directory, "none.json") }),
    'privateKeyJwt(): keyFile is a path that leads to no file (ENOENT; what exists of it is "<directory>"); expected the path of a file that this process may read',
  ],
  [
    `privateKeyJwt({ keyFile }), the file of an application`,
    () => privateKeyJwt({ keyFile: file("app.json", applicationKey) }),
    'privateKeyJwt(): keyFile "<directory>/app.json" is the key file of an application, which the token endpoint refuses here; expected the key file of a service user, of type serviceaccount, as Zitadel hands it out. Add a key to a service user in Zitadel and use its file; an application\'s key is for the client of tokenExchange()',
  ],
  [
    `privateKeyJwt({ keyFile }), half a file`,
    () => privateKeyJwt({ keyFile: file("half.json", emulator.serviceUser.keyFile.slice(0, 200)) }),
    'privateKeyJwt(): keyFile "<directory>/half.json" is JSON that is damaged; expected the key file of a service user, of type serviceaccount, as Zitadel hands it out',
  ],
  [
    `privateKeyJwt({ key: readSecret() }), and no await`,
    () => privateKeyJwt({ key: Promise.resolve("{}") } as never),
    "privateKeyJwt(): key is a promise, which wants an await; expected the key file of a service user, of type serviceaccount, as Zitadel hands it out",
  ],
  [
    `personalAccessToken({ token: "Bearer …" })`,
    () => personalAccessToken({ token: `Bearer ${TOKEN}` }),
    "personalAccessToken(): token is a header, with a scheme before the value; expected the bare value, one word",
  ],
  [
    `personalAccessToken({ token: "/run/secrets/pat" })`,
    () => personalAccessToken({ token: "/run/secrets/pat" }),
    "personalAccessToken(): token is a path; expected the value itself: use tokenFile",
  ],
  [
    `personalAccessToken({ tokenFile: token })`,
    () => personalAccessToken({ tokenFile: TOKEN }),
    "personalAccessToken(): tokenFile is one long word, such as a token or a secret, and not a path; expected the path of a file: use token",
  ],
  [
    `personalAccessToken({ token: process.env.UNSET })`,
    () => personalAccessToken({ token: undefined } as never),
    "personalAccessToken(): expected exactly one of tokenFile, token; options given: none",
  ],
  [
    `clientCredentials({ clientId }), without its secret`,
    () => clientCredentials({ clientId: "bot" } as never),
    "clientCredentials(): expected exactly one of clientSecretFile, clientSecret; options given: clientId",
  ],
  [
    `systemUser({ userId, key }), a public key`,
    () => systemUser({ userId: "ops", key: "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----" }),
    "systemUser(): key is a public key; expected an RSA or P-256 private key in PEM, not encrypted",
  ],
  [
    `a wrong client secret`,
    () =>
      callWith({
        auth: clientCredentials({ clientId: emulator.serviceUser.clientId, clientSecret: "wrong" }),
      }),
    '[unauthenticated] zitadel.user.v2.UserService/GetUserByID: Token request to <url>/oauth/v2/token was refused with HTTP 400: "Errors.User.Machine.Secret.Invalid" [invalid_request]. Check the client secret of "service-user", and in Zitadel that the service user has one and is active.',
  ],
  [
    `a personal access token of another instance`,
    () => callWith({ auth: personalAccessToken({ token: TOKEN }) }),
    "[unauthenticated] zitadel.user.v2.UserService/GetUserByID: Errors.Token.Invalid (AUTH-7fs1e). Check, in this order: the token has not expired or been revoked; the user is active; the url is that of the instance which issued it (behind another name, set instanceHost); a token of your own was requested with the scope urn:zitadel:iam:org:project:id:zitadel:aud. `npx zitadel-connect doctor` checks all of these.",
  ],

  { area: "TLS and proxies" },
  [
    `tls: { ca: "/etc/ssl/ca.pem" }`,
    () => create({ tls: { ca: "/etc/ssl/ca.pem" } }),
    "createZitadel(): tls.ca is a path; expected PEM: pass what is in the file, as readFileSync(path)",
  ],
  [
    `tls: { ca: <a key> }`,
    () => create({ tls: { ca: pem() } }),
    "createZitadel(): tls.ca is a private key in PEM; expected a certificate in PEM",
  ],
  [
    `tls: { rejectUnauthorized: false }`,
    () => create({ tls: { rejectUnauthorized: false } }),
    "createZitadel(): tls.rejectUnauthorized is no option; did you mean tls.dangerouslyAcceptAnyCertificate?",
  ],
  [
    `tls: { cert, key }, of different pairs`,
    () => create({ tls: { cert: secure.ca, key: pem() } }),
    "createZitadel(): tls.key is not the key of tls.cert; expected the private key of the first certificate in tls.cert",
  ],
  [
    `proxy: "socks5://proxy:1080"`,
    () => create({ proxy: "socks5://proxy:1080" }),
    'createZitadel(): proxy is a URL of socks5; expected "none", "environment" or the URL of a proxy for HTTP, such as http://proxy.example:3128',
  ],
  [
    `proxy: true`,
    () => create({ proxy: true }),
    'createZitadel(): proxy is a boolean; expected "none", "environment" or the URL of a proxy for HTTP, such as http://proxy.example:3128',
  ],

  { area: "requests and calls" },
  [
    `getUserByID("1")`,
    () => users().getUserByID("1" as never),
    "zitadel.user.v2.UserService.getUserByID(): its request is a string; expected an object: pass { userId }",
  ],
  [
    `getUserByID({ userId }, 5_000)`,
    () => users().getUserByID({ userId: "1" }, 5_000 as never),
    "zitadel.user.v2.UserService.getUserByID(): its second argument is a number; expected an object: pass { timeoutMs }",
  ],
  [
    `getUserByID({ userId }, { timeoutMs: "5" })`,
    () => users().getUserByID({ userId: "1" }, { timeoutMs: "5" } as never),
    "zitadel.user.v2.UserService.getUserByID(): timeoutMs is a string; expected a number of milliseconds, or 0 for no limit",
  ],
  [
    `getUserByID({ userId }, { timeout: 5_000 })`,
    () => users().getUserByID({ userId: "1" }, { timeout: 5_000 } as never),
    "zitadel.user.v2.UserService.getUserByID(): timeout is no option; did you mean timeoutMs?",
  ],
  [
    `getUserByID({ userId }, { signal: controller })`,
    () => users().getUserByID({ userId: "1" }, { signal: new AbortController() } as never),
    "zitadel.user.v2.UserService.getUserByID(): signal is an object; expected an AbortSignal, such as that of an AbortController",
  ],
  [
    `getUserByID({ userId }, { organizationId })`,
    () => users().getUserByID({ userId: "1" }, { organizationId: "1" } as never),
    "zitadel.user.v2.UserService.getUserByID(): organizationId is no option; did you mean zitadel.withOrganization(id)?",
  ],
  [
    `withOrganization(undefined)`,
    () => zitadel.withOrganization(undefined as never),
    "withOrganization(): its argument is undefined; expected a string that is not empty",
  ],
  [
    `a call after close()`,
    () => afterClose(),
    "[canceled] zitadel.user.v2.UserService/GetUserByID: The client is closed. Wait for running calls before close(), and make none after it.",
  ],

  { area: "lists, jobs and events" },
  [
    `listUsers({}, { limit: 50 })`,
    () => users().listUsers({}, { limit: 50 } as never),
    "zitadel.user.v2.UserService.listUsers(): limit is no option; did you mean pageSize, or toArray({ limit })?",
  ],
  [
    `listUsers({}, { pageSize: 5_000 })`,
    () => users().listUsers({}, { pageSize: 5_000 }),
    "zitadel.user.v2.UserService.listUsers(): pageSize is 5000; expected a whole number from 1 to 1000",
  ],
  [
    `listUsers({}).toArray(10)`,
    () =>
      users()
        .listUsers({})
        .toArray(10 as never),
    "toArray(): its argument is a number; expected an object: pass { limit }",
  ],
  [
    `bulk(items, worker, { parallel: 5 })`,
    () => bulk([1], () => 1, { parallel: 5 } as never),
    "bulk(): parallel is no option; did you mean concurrency?",
  ],
  [
    `bulk(items, worker, { onError: "ignore" })`,
    () => bulk([1], () => 1, { onError: "ignore" } as never),
    'bulk(): onError is a string; expected one of "stop", "continue"',
  ],
  [
    `until(read, { timeoutMs: "60" })`,
    () => until(() => 1, { timeoutMs: "60" } as never),
    "until(): timeoutMs is a string; expected a number above 0",
  ],
  [
    `followEvents(zitadel, { after: "2026-01-01" })`,
    () => followEvents(zitadel, { after: "2026-01-01" } as never),
    "followEvents(): after is a string; expected the cursor of an event, a Date, or left out",
  ],
  [
    `followEvents(zitadel, { types: ["user.added"] })`,
    () => followEvents(zitadel, { types: ["user.added"] } as never),
    "followEvents(): types is no option; did you mean eventTypes?",
  ],

  { area: "verified callers and tests" },
  [
    `createCallerVerifier({ url }), without a project`,
    () => createCallerVerifier({ url: URL } as never),
    "createCallerVerifier(): projectId is undefined; expected the id of the project that this service belongs to, or introspection",
  ],
  [
    `createCallerVerifier({ url, project })`,
    () => createCallerVerifier({ url: URL, project: "1" } as never),
    "createCallerVerifier(): project is no option; did you mean projectId?",
  ],
  [
    `startEmulator({ port: 8080 })`,
    () => startEmulator({ port: 8080 } as never),
    "startEmulator(): port is no option; there are: tls, clock, tokenLifetimeSeconds, domains, commitDelayMs, systemUsers",
  ],
];

/** What was written, the same to be run, and the message; or a heading. */
type Mistake = readonly [written: string, run: () => unknown, message: string] | { readonly area: string };

const URL = "https://acme.zitadel.cloud";
/** As long as one of Zitadel's, and of none. */
const TOKEN = "Zk3".repeat(24);
const applicationKey = JSON.stringify({ type: "application", keyId: "1", key: "-----BEGIN", clientId: "2" });

let emulator: Emulator;
let secure: Emulator;
let zitadel: Zitadel;
let directory: string;

const users = () => zitadel.user.v2;
const pem = (): string => JSON.parse(emulator.serviceUser.keyFile).key;

function create(options: object): unknown {
  return createZitadel({ url: URL, auth: personalAccessToken({ token: "x" }), ...options } as never);
}

async function callWith(options: object): Promise<unknown> {
  const auth = personalAccessToken({ token: emulator.serviceUser.token });
  await using other = createZitadel({ url: emulator.url, auth, ...options });
  return await other.user.v2.getUserByID({ userId: "1" });
}

async function afterClose(): Promise<unknown> {
  const auth = personalAccessToken({ token: emulator.serviceUser.token });
  const other = createZitadel({ url: emulator.url, auth });
  await other.close();
  return await other.user.v2.getUserByID({ userId: "1" });
}

function file(name: string, content: string): string {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
}

describe("a mistake is told in one sentence", () => {
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "mistakes-"));
    emulator = await startEmulator();
    secure = await startEmulator({ tls: true });
    zitadel = createZitadel({ url: emulator.url, auth: personalAccessToken(emulator.serviceUser) });
  });
  after(async () => {
    rmSync(directory, { recursive: true, force: true });
    await Promise.all([zitadel.close(), emulator.close(), secure.close()]);
  });

  let area = "";
  for (const mistake of MISTAKES) {
    if ("area" in mistake) {
      area = mistake.area;
      continue;
    }
    const [written, run, message] = mistake;
    it(`${area}: ${written}`, async () => {
      let error: unknown;
      try {
        await run();
      } catch (thrown) {
        error = thrown;
      }
      assert.ok(error instanceof Error, "nothing was said");
      const told = error.message.replaceAll(directory, "<directory>").replaceAll(emulator.url, "<url>");
      assert.equal(told, message);
    });
  }
});
