import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { createCallerVerifier } from "../../src/callers/index.ts";
import {
  bulk,
  clientCredentials,
  createZitadel,
  followEvents,
  isInvalidArgument,
  personalAccessToken,
  privateKeyJwt,
  until,
} from "../../src/index.ts";
import { createWebhook } from "../../src/webhooks/index.ts";

const url = "http://127.0.0.1:1";
const auth = personalAccessToken({ token: "a-token" });
const zitadel = createZitadel({ url, auth });
const users = zitadel.user.v2;
const userId = "1";

/**
 * Mistakes that an editor shows before anything runs, and that are refused in JavaScript, too. Where the types take one,
 * `npm run check` says that its line expects an error and has none.
 */
const REFUSED: Readonly<Record<string, () => unknown>> = {
  // @ts-expect-error an object with a url
  "a URL as the argument": () => createZitadel("https://acme.zitadel.cloud"),
  // @ts-expect-error url
  baseUrl: () => createZitadel({ baseUrl: url, auth }),
  // @ts-expect-error a number
  "timeoutMs as a text": () => createZitadel({ url, auth, timeoutMs: "5000" }),
  // @ts-expect-error an authentication method
  "a token as auth": () => createZitadel({ url, auth: "a-token" }),
  // @ts-expect-error an object
  "retry: false": () => createZitadel({ url, auth, retry: false }),
  // @ts-expect-error maxAttempts
  "retry: { maxRetries }": () => createZitadel({ url, auth, retry: { maxRetries: 5 } }),
  // @ts-expect-error a number
  "maxAttempts as a text": () => createZitadel({ url, auth, retry: { maxAttempts: "5" } }),
  // @ts-expect-error dangerouslyAcceptAnyCertificate
  "tls: { rejectUnauthorized }": () => createZitadel({ url, auth, tls: { rejectUnauthorized: false } }),
  // @ts-expect-error an object
  "tls: true": () => createZitadel({ url, auth, tls: true }),
  // @ts-expect-error "grpc-web"
  "a protocol that is none": () => createZitadel({ url, auth, protocol: "grpcweb" }),
  // @ts-expect-error a logger has methods
  "a function as logger": () => createZitadel({ url, auth, logger: console.log }),

  // @ts-expect-error an object with a key or a keyFile
  "a path as the argument": () => privateKeyJwt("key.json"),
  // @ts-expect-error keyFile
  keyfile: () => privateKeyJwt({ keyfile: "key.json" }),
  // @ts-expect-error one of the two
  "a token and a tokenFile": () => personalAccessToken({ token: "a-token", tokenFile: "token.txt" }),
  // @ts-expect-error without a secret
  "a client id alone": () => clientCredentials({ clientId: "bot" }),

  // @ts-expect-error an object with a userId
  "an id as the request": () => users.getUserByID("1"),
  // @ts-expect-error a number
  "timeoutMs of a call as a text": () => users.getUserByID({ userId }, { timeoutMs: "5" }),
  // @ts-expect-error timeoutMs
  "timeout of a call": () => users.getUserByID({ userId }, { timeout: 5 }),
  // @ts-expect-error its signal
  "a controller as signal": () => users.getUserByID({ userId }, { signal: new AbortController() }),
  // @ts-expect-error withOrganization()
  "organizationId of a call": () => users.getUserByID({ userId }, { organizationId: "1" }),
  // @ts-expect-error pageSize
  "limit of a list": () => users.listUsers({}, { limit: 50 }),
  // @ts-expect-error an object with a limit
  "a number for toArray()": () => users.listUsers({}).toArray(10),

  // @ts-expect-error concurrency
  "parallel of bulk()": () => bulk([1], () => 1, { parallel: 5 }),
  // @ts-expect-error a number
  "timeoutMs of until() as a text": () => until(() => true, { timeoutMs: "60" }),
  // @ts-expect-error eventTypes
  "types of followEvents()": () => followEvents(zitadel, { types: ["user.added"] }),

  // @ts-expect-error toleranceMs
  "tolerance of a webhook": () => createWebhook({ signingKey: "a", tolerance: 300 }),
  // @ts-expect-error a webhook has one
  "no signing key": () => createWebhook({}),
  // @ts-expect-error "jwt"
  "a payload that is none": () => createWebhook({ signingKey: "a", payload: "JWT" }),

  // @ts-expect-error projectId
  "project of a verifier": () => createCallerVerifier({ url, project: "1" }),
  // @ts-expect-error maxAgeMs
  "ttl of introspection": () => createCallerVerifier({ url, introspection: { key: "{}", ttl: 5 } }),
  // @ts-expect-error without a client id
  "a client secret alone": () => createCallerVerifier({ url, introspection: { clientSecret: "a" } }),
};

/** Mistakes in a request, for which the call fails. */
const REFUSED_REQUESTS: Readonly<Record<string, () => unknown>> = {
  // @ts-expect-error userId
  "a misspelt field": () => users.getUserByID({ userid: "1" }),
  // @ts-expect-error nickName
  "a misspelt field within": () => users.addHumanUser({ profile: { nickname: "Ada" } }),
  // @ts-expect-error a Date
  "a number for a time": () => users.addPersonalAccessToken({ userId, expirationDate: 1_783_684_800 }),
  // @ts-expect-error a number
  "a Date for a duration": () => zitadel.session.v2.createSession({ lifetime: new Date() }),
  // @ts-expect-error USER_FIELD_NAME_EMAIL
  "a name that is none": () => users.listUsers({ sortingColumn: "EMAIL" }),
  // @ts-expect-error userType
  "a case of a oneof in its place": () => users.createUser({ human: {} }),
  // @ts-expect-error { case, value }
  "a case of a oneof as its key": () => users.createUser({ userType: { human: {} } }),
  // @ts-expect-error bytes
  "a text for bytes": () => users.setUserMetadata({ userId, metadata: [{ key: "a", value: "b" }] }),
};

describe("the types refuse", () => {
  after(() => zitadel.close());

  for (const [mistake, make] of Object.entries(REFUSED)) {
    it(`${mistake}, and so does the code`, async () => {
      await assert.rejects(async () => await make(), TypeError);
    });
  }

  for (const [mistake, make] of Object.entries(REFUSED_REQUESTS)) {
    it(`${mistake}, and so does the code`, async () => {
      await assert.rejects(async () => await make(), isInvalidArgument);
    });
  }
});
