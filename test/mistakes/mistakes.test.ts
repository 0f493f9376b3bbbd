import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import express from "express";
import {
  CallerError,
  type CallerVerifierOptions,
  createCallerVerifier,
  hasRole,
} from "../../src/callers/index.ts";
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
import { type Application, type Emulator, startEmulator } from "../../src/testing/index.ts";
import { createWebhook, refuse, respondToFunction, type WebhookError } from "../../src/webhooks/index.ts";
import { listening } from "../webhooks/support/serve.ts";

/** The most common mistakes and their errors: what was written, and the whole message. */
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
    "createZitadel(): baseUrl is not an option; did you mean url?",
  ],
  [
    `createZitadel({ timeout: 5_000 })`,
    () => create({ timeout: 5_000 }),
    "createZitadel(): timeout is not an option; did you mean timeoutMs?",
  ],
  [
    `createZitadel({ token })`,
    () => create({ token: "abc" }),
    "createZitadel(): token is not an option; did you mean auth: personalAccessToken({ token })?",
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
    "createZitadel(): retry.maxRetries is not an option; did you mean retry.maxAttempts?",
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
    "openTelemetry(): tracer is not an option; did you mean tracerProvider?",
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
    "authFromEnvironment(): ZITADEL_KEY_FILE is the content of a key file, not a path; expected the path of a file: use ZITADEL_KEY",
  ],
  [
    `ZITADEL_KEY=/run/secrets/key.json`,
    () => authFromEnvironment({ ZITADEL_KEY: "/run/secrets/key.json" }),
    "authFromEnvironment(): ZITADEL_KEY is a path; expected the key file of a service user, of type serviceaccount, as Zitadel issues it: use ZITADEL_KEY_FILE",
  ],
  [
    `ZITADEL_KEY=<the bare PEM of the file>`,
    () => authFromEnvironment({ ZITADEL_KEY: pem() }),
    "authFromEnvironment(): ZITADEL_KEY is a private key in PEM; expected the key file of a service user, of type serviceaccount, as Zitadel issues it",
  ],
  [
    `privateKeyJwt("key.json")`,
    () => privateKeyJwt("key.json" as never),
    "privateKeyJwt(): its argument is a path; expected an object: pass { keyFile } or { key }",
  ],
  [
    `privateKeyJwt({ keyfile: "key.json" })`,
    () => privateKeyJwt({ keyfile: "key.json" } as never),
    "privateKeyJwt(): keyfile is not an option; did you mean keyFile?",
  ],
  [
    `privateKeyJwt(<the object of a key file>)`,
    () => privateKeyJwt({ type: "serviceaccount", keyId: "1", key: pem(), userId: "1" } as never),
    "privateKeyJwt(): type is not an option; did you mean privateKeyJwt({ key })?",
  ],
  [
    `privateKeyJwt({ key: keyContent }), the bytes of addKey()`,
    () => privateKeyJwt({ key: Buffer.from(applicationKey) as never }),
    "privateKeyJwt(): key is bytes; expected the key file of a service user, of type serviceaccount, as Zitadel issues it: pass its text, Buffer.from(keyContent).toString()",
  ],
  [
    `privateKeyJwt({ keyFile }), and no such file`,
    () => privateKeyJwt({ keyFile: join(directory, "none.json") }),
    'privateKeyJwt(): keyFile is a path at which there is no file (ENOENT; it exists up to "<directory>"); expected the path of a file that this process may read',
  ],
  [
    `privateKeyJwt({ keyFile }), the file of an application`,
    () => privateKeyJwt({ keyFile: file("app.json", applicationKey) }),
    'privateKeyJwt(): keyFile "<directory>/app.json" is the key file of an application, which the token endpoint refuses here; expected the key file of a service user, of type serviceaccount, as Zitadel issues it. Add a key to a service user in Zitadel and use its file; an application\'s key is for the client of tokenExchange()',
  ],
  [
    `privateKeyJwt({ keyFile }), half a file`,
    () => privateKeyJwt({ keyFile: file("half.json", emulator.serviceUser.keyFile.slice(0, 200)) }),
    'privateKeyJwt(): keyFile "<directory>/half.json" is JSON that is damaged; expected the key file of a service user, of type serviceaccount, as Zitadel issues it',
  ],
  [
    `privateKeyJwt({ key: readSecret() }), and no await`,
    () => privateKeyJwt({ key: Promise.resolve("{}") } as never),
    "privateKeyJwt(): key is a promise that was not awaited; expected the key file of a service user, of type serviceaccount, as Zitadel issues it",
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
    "personalAccessToken(): tokenFile is one long word, such as a token or a secret, not a path; expected the path of a file: use token",
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
    "[unauthenticated] zitadel.user.v2.UserService/GetUserByID: Errors.Token.Invalid (AUTH-7fs1e). Check, in this order: the token has not expired or been revoked; the user is active; the url is that of the instance that issued it (behind another name, set instanceHost); a token that you supply was requested with the scope urn:zitadel:iam:org:project:id:zitadel:aud. `npx zitadel-connect doctor` checks all of these.",
  ],

  { area: "TLS and proxies" },
  [
    `tls: { ca: "/etc/ssl/ca.pem" }`,
    () => create({ tls: { ca: "/etc/ssl/ca.pem" } }),
    "createZitadel(): tls.ca is a path; expected PEM: pass the content of the file, such as readFileSync(path)",
  ],
  [
    `tls: { ca: <a key> }`,
    () => create({ tls: { ca: pem() } }),
    "createZitadel(): tls.ca is a private key in PEM; expected a certificate in PEM",
  ],
  [
    `tls: { rejectUnauthorized: false }`,
    () => create({ tls: { rejectUnauthorized: false } }),
    "createZitadel(): tls.rejectUnauthorized is not an option; did you mean tls.dangerouslyAcceptAnyCertificate?",
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
    "zitadel.user.v2.UserService.getUserByID(): timeout is not an option; did you mean timeoutMs?",
  ],
  [
    `getUserByID({ userId }, { signal: controller })`,
    () => users().getUserByID({ userId: "1" }, { signal: new AbortController() } as never),
    "zitadel.user.v2.UserService.getUserByID(): signal is an object; expected an AbortSignal, such as that of an AbortController",
  ],
  [
    `getUserByID({ userId }, { organizationId })`,
    () => users().getUserByID({ userId: "1" }, { organizationId: "1" } as never),
    "zitadel.user.v2.UserService.getUserByID(): organizationId is not an option; did you mean zitadel.withOrganization(id)?",
  ],
  [
    `getUserByID({ userid })`,
    () => users().getUserByID({ userid: "1" } as never),
    "[invalid_argument] zitadel.user.v2.UserService/GetUserByID: The request cannot be encoded: userid is not a field of zitadel.user.v2.GetUserByIDRequest; did you mean userId? Correct the field that the message names.",
  ],
  [
    `getUserByID({ userId: <a number> })`,
    () => users().getUserByID({ userId: 223 as never }),
    "[invalid_argument] zitadel.user.v2.UserService/GetUserByID: The request cannot be encoded: userId is a number; expected a string. Correct the field that the message names.",
  ],
  [
    `createUser({ organizationId, human })`,
    () => users().createUser({ organizationId: "1", human: {} } as never),
    '[invalid_argument] zitadel.user.v2.UserService/CreateUser: The request cannot be encoded: human is not a field of zitadel.user.v2.CreateUserRequest; did you mean userType: { case: "human", value }? Correct the field that the message names.',
  ],
  [
    `addPersonalAccessToken({ userId, expirationDate: Date.now() })`,
    () => users().addPersonalAccessToken({ userId: "1", expirationDate: Date.now() as never }),
    '[invalid_argument] zitadel.user.v2.UserService/AddPersonalAccessToken: The request cannot be encoded: expirationDate is a number; expected a Date, or a time with its offset such as "2026-07-10T12:00:00Z". Correct the field that the message names.',
  ],
  [
    `addPersonalAccessToken({ userId, expirationDate: "2027-01-31" })`,
    () => users().addPersonalAccessToken({ userId: "1", expirationDate: "2027-01-31" }),
    '[invalid_argument] zitadel.user.v2.UserService/AddPersonalAccessToken: The request cannot be encoded: expirationDate is a date without a time; expected a Date, or a time with its offset such as "2026-07-10T12:00:00Z". Correct the field that the message names.',
  ],
  [
    `createSession({ lifetime: "1 hour" })`,
    () => zitadel.session.v2.createSession({ lifetime: "1 hour" }),
    '[invalid_argument] zitadel.session.v2.SessionService/CreateSession: The request cannot be encoded: lifetime is a string; expected milliseconds, or a duration such as "PT1H30M" or "5400s". Correct the field that the message names.',
  ],
  [
    `listUsers({ queries: [{ query: { case: "stateQuery", value: { state: "ACTIVE" } } }] })`,
    () =>
      users().listUsers({
        queries: [{ query: { case: "stateQuery", value: { state: "ACTIVE" as never } } }],
      }),
    '[invalid_argument] zitadel.user.v2.UserService/ListUsers: The request cannot be encoded: queries[0].query.value.state is a string; expected one of "USER_STATE_UNSPECIFIED", "USER_STATE_ACTIVE", "USER_STATE_INACTIVE", "USER_STATE_DELETED", "USER_STATE_LOCKED", "USER_STATE_INITIAL"; did you mean "USER_STATE_ACTIVE"? Correct the field that the message names.',
  ],
  [
    `withOrganization(undefined)`,
    () => zitadel.withOrganization(undefined as never),
    "withOrganization(): its argument is undefined; expected a non-empty string",
  ],
  [
    `a call after close()`,
    () => afterClose(),
    "[canceled] zitadel.user.v2.UserService/GetUserByID: The client is closed. Wait for pending calls before close(), and make none after it.",
  ],

  { area: "lists, jobs and events" },
  [
    `listUsers({}, { limit: 50 })`,
    () => users().listUsers({}, { limit: 50 } as never),
    "zitadel.user.v2.UserService.listUsers(): limit is not an option; did you mean pageSize, or toArray({ limit })?",
  ],
  [
    `listUsers({}, { pageSize: 5_000 })`,
    () => users().listUsers({}, { pageSize: 5_000 }),
    "zitadel.user.v2.UserService.listUsers(): pageSize is 5000; expected an integer from 1 to 1000",
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
    "bulk(): parallel is not an option; did you mean concurrency?",
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
    "followEvents(): types is not an option; did you mean eventTypes?",
  ],

  { area: "webhooks" },
  [
    `createWebhook()`,
    () => createWebhook(undefined as never),
    "createWebhook(): its argument is undefined; expected an object: pass { signingKey }",
  ],
  [
    `createWebhook(key)`,
    () => createWebhook(TOKEN as never),
    "createWebhook(): its argument is one long word, such as a token or a secret; expected an object: pass { signingKey }",
  ],
  [
    `createWebhook({ signingKey: process.env.UNSET })`,
    () => createWebhook({ signingKey: undefined } as never),
    "createWebhook(): signingKey is undefined; expected a non-empty string",
  ],
  [
    `signingKey: process.env.UNSET ?? ""`,
    () => createWebhook({ signingKey: "" }),
    "createWebhook(): signingKey is an empty string; expected a non-empty string",
  ],
  [
    `signingKey: <a file's text, with its newline>`,
    () => createWebhook({ signingKey: "abc\n" }),
    "createWebhook(): signingKey is a string with a newline or another control character in it; expected the bare value on one line",
  ],
  [
    `signingKey: "/run/secrets/signing-key"`,
    () => createWebhook({ signingKey: "/run/secrets/signing-key" }),
    "createWebhook(): signingKey is a path; expected the value itself",
  ],
  [
    `createWebhook({ secret })`,
    () => createWebhook({ secret: "abc" } as never),
    "createWebhook(): secret is not an option; did you mean signingKey?",
  ],
  [
    `createWebhook({ tolerance: 300 })`,
    () => createWebhook({ signingKey: "a", tolerance: 300 } as never),
    "createWebhook(): tolerance is not an option; did you mean toleranceMs?",
  ],
  [
    `payload: "JWT"`,
    () => createWebhook({ signingKey: "a", payload: "JWT" } as never),
    'createWebhook(): payload is a string; expected one of "json", "jwt", "jwe"; did you mean "jwt"?',
  ],
  [
    `payload: "jwt", without jwks`,
    () => createWebhook({ signingKey: "a", payload: "jwt" }),
    'createWebhook(): jwks is undefined; expected a URL or a key set, since payload is "jwt"',
  ],
  [
    `jwks: "http://acme.example.com/oauth/v2/keys"`,
    () => createWebhook({ signingKey: "a", payload: "jwt", jwks: "http://acme.example.com/oauth/v2/keys" }),
    "createWebhook(): jwks is a URL with http:; expected https:, or http: on this machine",
  ],
  [
    `jwks: "acme.zitadel.cloud/oauth/v2/keys"`,
    () => createWebhook({ signingKey: "a", payload: "jwt", jwks: "acme.zitadel.cloud/oauth/v2/keys" }),
    "createWebhook(): jwks is a URL without a scheme; expected a URL such as https://acme.zitadel.cloud/oauth/v2/keys",
  ],
  [
    `decryptionKey: "/run/secrets/target.pem"`,
    () =>
      createWebhook({
        signingKey: "a",
        payload: "jwe",
        jwks: "https://acme.zitadel.cloud/oauth/v2/keys",
        decryptionKey: "/run/secrets/target.pem",
      }),
    "createWebhook(): decryptionKey is a path; expected a private key, RSA or EC, as PEM or KeyObject",
  ],
  [
    `nodeHandler() after express.json()`,
    () => deliver({ middleware: [express.json()] }),
    'a parser has already read the body, but the signature needs its bytes. In Express, mount the handler before express.json(), or keep the bytes: express.json({ verify: (req, res, buf) => { req.rawBody = buf } }). In Next.js, set bodyParser: false. In Fastify, add a content type parser with parseAs: "buffer", and pass request.body as the third argument',
  ],
  [
    `verify(request.body), which is parsed`,
    () => createWebhook({ signingKey: "a" }).verify({} as never, "t=1,v1=00"),
    'a parser has already read the body, but the signature needs its bytes. In Express, mount the handler before express.json(), or keep the bytes: express.json({ verify: (req, res, buf) => { req.rawBody = buf } }). In Next.js, set bodyParser: false. In Fastify, add a content type parser with parseAs: "buffer", and pass request.body as the third argument',
  ],
  [
    `verify(body, request), and not its header`,
    () => createWebhook({ signingKey: "a" }).verify("{}", undefined),
    "no zitadel-signature header",
  ],
  [
    `the signing key of another target`,
    () => deliver({ signingKey: "another" }),
    "no signature matches: check that signingKey is this target's, and that the body is exactly the bytes that were sent",
  ],
  [
    `a call that is sent again an hour later`,
    () => deliver({ at: NOW - 3_600_000 }),
    "signed 3600 s ago; toleranceMs is 300000",
  ],
  [
    `a target of payload type JWT, and payload "json"`,
    () => deliver({ payload: "jwt" }),
    "the payload is not JSON; if the target's payload type is JWT or JWE, set the option payload",
  ],
  [
    `a handler that returns Response(403)`,
    () => deliver({ result: new Response(null, { status: 403 }) }),
    'the handler returned a Response with the status 403; expected nothing, or what respondWith(), respondToFunction() or refuse(403, "why") returns',
  ],
  [
    `a handler that returns false`,
    () => deliver({ result: false }),
    'the handler returned a boolean; expected nothing, or what respondWith(), respondToFunction() or refuse(403, "why") returns',
  ],
  [
    `a handler that returns "denied"`,
    () => deliver({ result: "denied" }),
    'the handler returned a string; expected nothing, or what respondWith(), respondToFunction() or refuse(403, "why") returns',
  ],
  [
    `a handler that returns { append_claims }`,
    () => deliver({ result: { append_claims: [] } }),
    'the handler returned an object; expected nothing, or what respondWith(), respondToFunction() or refuse(403, "why") returns',
  ],
  [
    `a handler that returns null`,
    () => deliver({ result: null }),
    'the handler returned null; expected nothing, or what respondWith(), respondToFunction() or refuse(403, "why") returns',
  ],
  [
    `respondToFunction() for an event`,
    () => deliver({ result: respondToFunction({}) }),
    'the handler returned the result of respondToFunction() for a call of the kind "event"; expected nothing, or what respondWith(), respondToFunction() or refuse(403, "why") returns',
  ],
  [
    `refuse("403", "no")`,
    () => refuse("403" as never, "no"),
    "refuse(): status is a string; expected an integer from 400 to 499",
  ],
  [
    `refuse(500, "no")`,
    () => refuse(500, "no"),
    "refuse(): status is 500; expected an integer from 400 to 499",
  ],
  [
    `nodeHandler(), without a handler`,
    () => createWebhook({ signingKey: "a" }).nodeHandler(undefined as never),
    "nodeHandler(): its argument is undefined; expected a function",
  ],

  { area: "verified callers" },
  [
    `createCallerVerifier({ url }), without a project`,
    () => createCallerVerifier({ url: URL } as never),
    "createCallerVerifier(): projectId is undefined; expected the id of the project that this service belongs to, or introspection",
  ],
  [
    `createCallerVerifier({ url, project })`,
    () => createCallerVerifier({ url: URL, project: "1" } as never),
    "createCallerVerifier(): project is not an option; did you mean projectId?",
  ],
  [
    `createCallerVerifier(url)`,
    () => createCallerVerifier(URL as never),
    "createCallerVerifier(): its argument is a URL; expected an object: pass { url, projectId }",
  ],
  [
    `createCallerVerifier(zitadel)`,
    () => createCallerVerifier(zitadel as never),
    "createCallerVerifier(): its argument is a client; expected an object: pass { zitadel }",
  ],
  [
    `createCallerVerifier({ projectId }), without a url`,
    () => createCallerVerifier({ projectId: "1" }),
    "createCallerVerifier(): url is not set, nor is ZITADEL_API_URL; expected an origin such as https://acme.zitadel.cloud",
  ],
  [
    `{ baseUrl }`,
    () => createCallerVerifier({ baseUrl: URL, projectId: "1" } as never),
    "createCallerVerifier(): baseUrl is not an option; did you mean url?",
  ],
  [
    `{ issuer: URL }`,
    () => createCallerVerifier({ issuer: URL, projectId: "1" }),
    "createCallerVerifier(): url is not set, nor is ZITADEL_API_URL; expected an origin such as https://acme.zitadel.cloud",
  ],
  [
    `{ audience }`,
    () => createCallerVerifier({ url: URL, audience: "1" } as never),
    "createCallerVerifier(): audience is not an option; did you mean projectId?",
  ],
  [
    `{ clientId, clientSecret }`,
    () => createCallerVerifier({ url: URL, clientId: "1", clientSecret: "a" } as never),
    "createCallerVerifier(): clientId is not an option; did you mean introspection: { clientId, clientSecret }?",
  ],
  [
    `url: "https://acme.zitadel.cloud/oauth/v2"`,
    () => createCallerVerifier({ url: `${URL}/oauth/v2`, projectId: "1" }),
    "createCallerVerifier(): url is a URL with a path; expected an origin such as https://acme.zitadel.cloud: leave it out",
  ],
  [
    `projectId: 223620394593190114`,
    () => createCallerVerifier({ url: URL, projectId: 1 } as never),
    "createCallerVerifier(): projectId is a number; expected a non-empty string",
  ],
  [
    `{ zitadel, url }`,
    () => createCallerVerifier({ zitadel, url: URL, projectId: "1" }),
    "createCallerVerifier(): url is set together with zitadel; expected only one of the two: a client already knows how to reach its instance",
  ],
  [
    `{ zitadel: zitadel.user.v2 }`,
    () => createCallerVerifier({ zitadel: users(), projectId: "1" }),
    "createCallerVerifier(): zitadel is an object; expected a client of createZitadel()",
  ],
  [
    `jwt: "introspect", without introspection`,
    () => createCallerVerifier({ url: URL, projectId: "1", jwt: "introspect" }),
    'createCallerVerifier(): introspection is undefined; expected the key or secret that jwt: "introspect" needs',
  ],
  [
    `jwt: true`,
    () => createCallerVerifier({ url: URL, projectId: "1", jwt: true } as never),
    'createCallerVerifier(): jwt is a boolean; expected one of "local", "introspect"',
  ],
  [
    `introspection: { clientSecret }, without its client`,
    () => createCallerVerifier({ url: URL, introspection: { clientSecret: "a" } } as never),
    "createCallerVerifier(): introspection.clientId is undefined; expected the client id, which Zitadel shows with the secret",
  ],
  [
    `introspection: { clientId }, without its secret`,
    () => createCallerVerifier({ url: URL, introspection: { clientId: "1" } } as never),
    "createCallerVerifier(): expected exactly one of clientSecretFile, clientSecret; options given: clientId",
  ],
  [
    `introspection: true`,
    () => createCallerVerifier({ url: URL, introspection: true } as never),
    "createCallerVerifier(): introspection is a boolean; expected an object: pass { keyFile }, or { clientId, clientSecret }",
  ],
  [
    `introspection: { keyFile }, that of a service user`,
    () =>
      createCallerVerifier({
        url: URL,
        introspection: { keyFile: file("user.json", emulator.serviceUser.keyFile) },
      }),
    'createCallerVerifier(): keyFile "<directory>/user.json" is the key file of a service user, which the token endpoint refuses here; expected the key file of an application, of type application, as Zitadel issues it. Add a key to the application in Zitadel and use its file',
  ],
  [
    `introspection: { keyFile }, and no such file`,
    () => createCallerVerifier({ url: URL, introspection: { keyFile: join(directory, "none.json") } }),
    'createCallerVerifier(): keyFile is a path at which there is no file (ENOENT; it exists up to "<directory>"); expected the path of a file that this process may read',
  ],
  [
    `introspection: { keyfile }`,
    () => createCallerVerifier({ url: URL, introspection: { keyfile: "a.json" } } as never),
    "createCallerVerifier(): introspection.keyfile is not an option; did you mean introspection.keyFile?",
  ],
  [
    `introspection: { ttl: 60 }`,
    () => createCallerVerifier({ url: URL, introspection: { key: "{}", ttl: 60 } } as never),
    "createCallerVerifier(): introspection.ttl is not an option; did you mean introspection.maxAgeMs?",
  ],
  [
    `middleware("admin")`,
    () => verifier().middleware("admin" as never),
    "middleware(): its argument is a string; expected an object: pass { role }",
  ],
  [
    `middleware({ roles: ["admin"] })`,
    () => verifier().middleware({ roles: ["admin"] } as never),
    "middleware(): roles is not an option; did you mean role?",
  ],
  [
    `middleware({ role: undefined })`,
    () => verifier().middleware({ role: undefined } as never),
    "middleware(): role is undefined; expected a non-empty string",
  ],
  [
    `middleware({ organizationId }), without a role`,
    () => verifier().middleware({ organizationId: "1" } as never),
    "middleware(): role is undefined; expected a non-empty string",
  ],
  [
    `hasRole(caller, ROLE), which is undefined`,
    () => hasRole({ roles: {} }, undefined as never),
    "hasRole(): role is undefined; expected a non-empty string",
  ],
  [
    `fetchHandler(), without a handler`,
    () => verifier().fetchHandler(undefined as never),
    "fetchHandler(): its argument is undefined; expected a function",
  ],
  [
    `verify(request.headers.authorization)`,
    () => admit(verifier().verify(`Bearer ${TOKEN}`)),
    "The Authorization header does not hold a single bearer token. The caller must send one access token exactly as issued: no quotes, spaces or second header. Pass it to verify() without the word Bearer.",
  ],
  [
    `a request without a token`,
    () => admit(verifier().verifyRequest({ headers: {} })),
    "The request has no bearer token. The caller must send an access token in the header Authorization: Bearer <token>.",
  ],
  [
    `Authorization: <a token, without Bearer>`,
    () => admit(verifier().verifyRequest({ headers: { authorization: TOKEN } })),
    "The request has no bearer token. The caller must send an access token in the header Authorization: Bearer <token>.",
  ],
  [
    `verifyRequest(headers)`,
    () => admit(verifier().verifyRequest(new Headers() as never)),
    "the request is without headers; expected a request of node:http or a framework, or a web Request",
  ],
  [
    `a personal access token, without introspection`,
    () => admit(verifier().verify(emulator.serviceUser.token)),
    "The token is not a JWT. Set introspection, or set the access token type of the calling user or application to JWT in Zitadel.",
  ],
  [
    `a JWT of another instance`,
    async () => admit(verifier().verify(await jwt(secure))),
    "The token is signed with an unknown key. Check that this instance issued the token. An unknown key makes the verifier fetch the keys again, at most every ten seconds.",
  ],
  [
    `a JWT that was requested without the project`,
    async () => admit(verifier().verify(await jwt(emulator))),
    "The token is not meant for this service. The caller must request its token with the scope urn:zitadel:iam:org:project:id:<projectId>:aud; check projectId.",
  ],
  [
    `a token that was revoked, by introspection`,
    () => admit(introspecting().verify(TOKEN)),
    "The token is not active. It has expired or was revoked, its user is locked or deactivated, or it was requested without the scope urn:zitadel:iam:org:project:id:<projectId>:aud; a Zitadel whose database fails may also respond like this.",
  ],
  [
    `getCaller() before the middleware`,
    () => admit(async () => verifier().getCaller({})),
    "The caller was not verified. Put middleware() or verifyRequest() of the same verifier before the code that asks for the caller.",
  ],

  { area: "tests" },
  [
    `startEmulator({ port: "8080" })`,
    () => startEmulator({ port: "8080" } as never),
    "startEmulator(): port is a string; expected an integer from 0 to 65535",
  ],
  [
    `startEmulator({ host: "0.0.0.0" })`,
    () => startEmulator({ host: "0.0.0.0" } as never),
    "startEmulator(): host is not an option; known options: port, tls, clock, tokenLifetimeSeconds, domains, commitDelayMs, systemUsers, services, seed, lag, conflicts, randomSeed",
  ],
];

/** What was written, the same as a program, and the message; or a heading. */
type Mistake = readonly [written: string, run: () => unknown, message: string] | { readonly area: string };

const NOW = Date.UTC(2026, 10, 1);
const URL = "https://acme.zitadel.cloud";
/** As long as a token of Zitadel, but none. */
const TOKEN = "Zk3".repeat(24);
const applicationKey = JSON.stringify({ type: "application", keyId: "1", key: "-----BEGIN", clientId: "2" });

let emulator: Emulator;
let secure: Emulator;
let zitadel: Zitadel;
let directory: string;
let application: Application;

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

/** Calls a webhook more or less as Zitadel does, and throws what its `onError` receives. */
async function deliver(mistake: {
  readonly middleware?: express.RequestHandler[];
  readonly signingKey?: string;
  readonly payload?: "jwt";
  readonly at?: number;
  readonly result?: unknown;
}): Promise<void> {
  const { middleware = [], signingKey = "a-signing-key", payload, at = NOW, result } = mistake;
  let told: WebhookError | undefined;
  const onError = (error: WebhookError): void => {
    told = error;
  };
  const webhook = createWebhook({ signingKey: "a-signing-key", onError, now: () => NOW });
  const app = express();
  for (const each of middleware) app.use(each);
  // The types forbid it.
  app.post(
    "/",
    webhook.nodeHandler(() => result as undefined),
  );
  await using server = await listening(app.listen(0, "127.0.0.1"));
  const response = await emulator.callTarget(server.url, {
    content: { event_type: "user.human.added", aggregateID: "1" },
    ...{ signingKey, payload, at },
  });
  assert.ok(!response.ok && told !== undefined);
  throw told;
}

function verifier(options: CallerVerifierOptions = {}) {
  return createCallerVerifier({ url: emulator.url, projectId: application.projectId, ...options });
}

function introspecting() {
  const { clientId, clientSecret } = application;
  return verifier({ introspection: { clientId, clientSecret } });
}

/** Throws what the service receives: the message and the hint. */
async function admit(admitted: Promise<unknown> | (() => Promise<unknown>)): Promise<void> {
  try {
    await (typeof admitted === "function" ? admitted() : admitted);
  } catch (error) {
    if (!(error instanceof CallerError)) throw error;
    throw new Error(`${error.message}. ${error.hint}`);
  }
}

/** A JWT access token, requested without the scope of any project. */
async function jwt({ url, ca, createServiceUser }: Emulator): Promise<string> {
  const { keyFile: key } = await createServiceUser({ username: "jwt-bot", accessTokenType: "jwt" });
  await using client = createZitadel({
    url,
    auth: privateKeyJwt({ key }),
    ...(ca === undefined ? {} : { tls: { ca } }),
  });
  return (await client.getAccessToken()).token;
}

function file(name: string, content: string): string {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
}

describe("a mistake is explained in one sentence", () => {
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "mistakes-"));
    emulator = await startEmulator();
    secure = await startEmulator({ tls: true });
    // Emulators number their keys the same way, instances do not.
    await secure.rotateWebKey();
    application = await emulator.createApplication();
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
      assert.ok(error instanceof Error, "there was no error");
      const told = error.message.replaceAll(directory, "<directory>").replaceAll(emulator.url, "<url>");
      assert.equal(told, message);
    });
  }
});
