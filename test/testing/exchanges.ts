/**
 * How a running Zitadel responded to single requests: facts that the emulator must reproduce. Where a response
 * looks the same in every protocol except for its place, it is stated once.
 */
import type { JsonValue } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { AssertionChanges } from "./support/assertion.ts";
import type { WireProtocol } from "./support/rpc-wire.ts";

export const API_SCOPE = "openid urn:zitadel:iam:org:project:id:zitadel:aud";

const NO_SCOPE =
  "The scope of your request is missing. Please ensure some scopes are requested. " +
  "If you have any questions, you may contact the administrator of the application.";

export const UNKNOWN_HOST =
  "unable to set instance using origin &{unknown.example  http} (ExternalDomain is localhost): ID=QUERY-1kIjX " +
  "Message=Instance not found. Make sure you got the domain right. " +
  "Check out https://zitadel.com/docs/apis/introduction#domains";

/** Credentials by name; the test fills in those of its emulator. */
export type Client = "good" | "wrong secret" | "unknown" | "without secret";

export interface TokenExchange {
  readonly name: string;
  /** How the JWT is made, for the JWT bearer grant; a string is sent unchanged. */
  readonly assertion?: AssertionChanges | string | undefined;
  /** How it differs from a valid assertion in ways that only the test can produce. */
  readonly assertionKey?: "unknown kid" | "another key" | undefined;
  readonly basic?: Client | undefined;
  readonly body?: Client | undefined;
  readonly grant?: string | undefined;
  readonly scope?: string | undefined;
  readonly host?: string | undefined;
  /** The whole request, if it is not a form. */
  readonly raw?:
    | { readonly method: string; readonly contentType?: string; readonly body?: string }
    | undefined;
  /** `ok`, or the error and its description, or the text of a refusal. */
  readonly response:
    | "ok"
    | readonly [error: string, description: string]
    | { readonly status: number; readonly text: string };
}

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const CLIENT_CREDENTIALS = "client_credentials";
const BAD_ASSERTION = ["invalid_grant", "invalid assertion"] as const;
const HOUR = 3600;

const jwt = (
  name: string,
  assertion: AssertionChanges | string,
  response: TokenExchange["response"],
  more: Partial<TokenExchange> = {},
): TokenExchange => ({
  name: `token: ${name}`,
  grant: JWT_BEARER,
  scope: API_SCOPE,
  assertion,
  response,
  ...more,
});

const secret = (
  name: string,
  response: TokenExchange["response"],
  more: Partial<TokenExchange>,
): TokenExchange => ({
  name: `token: client credentials, ${name}`,
  grant: CLIENT_CREDENTIALS,
  scope: API_SCOPE,
  response,
  ...more,
});

/** The audience of these is written with the issuer in place of `ISSUER`. */
export const tokenExchanges: readonly TokenExchange[] = [
  jwt("private key JWT", {}, "ok"),
  jwt("audience with a trailing slash", { aud: "ISSUER/" }, BAD_ASSERTION),
  jwt("audience is a list that contains the issuer", { aud: ["https://other.example", "ISSUER"] }, "ok"),
  jwt("issued 5 s in the future", { iat: 5 }, BAD_ASSERTION),
  jwt("issued 59 min ago", { iat: -59 * 60 }, "ok"),
  jwt("issued 61 min ago", { iat: -61 * 60 }, BAD_ASSERTION),
  jwt("expired assertion", { iat: -60, exp: -10 }, BAD_ASSERTION),
  jwt("expires in 2 h", { exp: 2 * HOUR }, "ok"),
  jwt("unknown kid", { kid: "1" }, BAD_ASSERTION),
  jwt("unknown user", { iss: "1", sub: "1" }, BAD_ASSERTION),
  jwt("issuer is not the subject", { iss: "someone-else" }, BAD_ASSERTION),
  jwt("signed by another key", {}, BAD_ASSERTION, { assertionKey: "another key" }),
  jwt("PS256", { alg: "PS256" }, "ok"),
  jwt("no assertion", "", ["invalid_request", "assertion missing"]),
  jwt("garbage assertion", "abc", BAD_ASSERTION),
  jwt("no scope", {}, ["invalid_request", NO_SCOPE], { scope: undefined }),
  jwt("scope without the API's audience", {}, "ok", { scope: "openid" }),
  jwt("offline_access asked", {}, "ok", { scope: `${API_SCOPE} offline_access` }),
  secret("basic", "ok", { basic: "good" }),
  secret("body", "ok", { body: "good" }),
  secret("both", "ok", { basic: "good", body: "good" }),
  secret("wrong secret", ["invalid_request", "Errors.User.Machine.Secret.Invalid"], {
    basic: "wrong secret",
  }),
  secret("unknown client", ["invalid_client", "client not found"], { basic: "unknown" }),
  secret("user without secret", ["invalid_request", "Errors.User.Machine.Secret.NotExisting"], {
    basic: "without secret",
  }),
  secret("no scope", ["invalid_request", NO_SCOPE], { basic: "good", scope: undefined }),
  secret("no client", ["invalid_request", "client_id or client_assertion must be provided"], {}),
  {
    name: "token: unknown grant",
    grant: "password",
    scope: API_SCOPE,
    response: ["unsupported_grant_type", "password not supported"],
  },
  { name: "token: no grant", scope: API_SCOPE, response: ["invalid_request", "grant_type missing"] },
  {
    name: "token: unknown host",
    grant: CLIENT_CREDENTIALS,
    scope: API_SCOPE,
    basic: "good",
    host: "unknown.example",
    response: { status: 404, text: UNKNOWN_HOST },
  },
  { name: "token: GET", raw: { method: "GET" }, response: ["invalid_request", "grant_type missing"] },
  {
    name: "token: JSON body",
    raw: { method: "POST", contentType: "application/json", body: "{}" },
    response: ["invalid_request", "grant_type missing"],
  },
];

/** A response that is plain HTTP, not that of an RPC. */
export interface HttpOutcome {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Whether it has a request id. */
  readonly requestId: boolean;
}

export interface ErrorOutcome {
  readonly code: Code;
  readonly message: string;
  /** The id in the only detail, whose message is the text without the id. */
  readonly id?: string | undefined;
  /** Absent where the request failed too early to get a request id. */
  readonly requestId?: false | undefined;
  /** Headers that no other response has. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export type RpcOutcome = { readonly items: number } | "ok" | ErrorOutcome | HttpOutcome;

export interface RpcExchange {
  readonly name: string;
  readonly path: string;
  readonly message?: JsonValue | undefined;
  /** Bytes instead of a message. */
  readonly raw?: Uint8Array | undefined;
  readonly method?: string | undefined;
  readonly token?: "pat" | "issued" | "issued for another audience" | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly outcomes: Partial<Record<WireProtocol, RpcOutcome>>;
}

const USERS = "/zitadel.user.v2.UserService";
const SESSIONS = "/zitadel.session.v2.SessionService";
const MANAGEMENT = "/zitadel.management.v1.ManagementService";

const same = (outcome: RpcOutcome): RpcExchange["outcomes"] => ({
  connect: outcome,
  grpc: outcome,
  "grpc-web": outcome,
});
const v1 = (outcome: RpcOutcome): RpcExchange["outcomes"] => ({
  connect: GATEWAY,
  grpc: outcome,
  "grpc-web": outcome,
});

/** Where a server has no v1 services, its REST gateway responds. */
const GATEWAY: HttpOutcome = {
  status: 404,
  headers: { "content-type": "application/json" },
  text: '{"code":5,"message":"Not Found"}',
  requestId: true,
};

const PAGE_NOT_FOUND: HttpOutcome = {
  status: 404,
  headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
  text: "404 page not found\n",
  requestId: false,
};

const UNSUPPORTED_TYPE: HttpOutcome = {
  status: 415,
  headers: {
    "accept-post":
      "application/grpc, application/grpc+json, application/grpc+json; charset=utf-8, application/grpc+proto, " +
      "application/grpc-web, application/grpc-web+json, application/grpc-web+json; charset=utf-8, " +
      "application/grpc-web+proto, application/json, application/json; charset=utf-8, application/proto",
  },
  text: "",
  requestId: false,
};

const error = (code: Code, id: string | undefined, text: string): ErrorOutcome => ({
  code,
  id,
  message: id === undefined ? text : `${text} (${id})`,
});

const TOKEN_INVALID = error(Code.Unauthenticated, "AUTH-7fs1e", "Errors.Token.Invalid");
const USER_NOT_FOUND = error(Code.NotFound, "QUERY-Dfbg2", "User could not be found");
const HEADER_MISSING = error(Code.Unauthenticated, undefined, "auth header missing");
const ORGANIZATION_UNKNOWN = error(Code.PermissionDenied, "AUTH-Bs7Ds", "Organisation doesn't exist");
const LENGTH = "value length must be between 1 and 200 runes, inclusive";

const unknownService = (name: string): ErrorOutcome => ({
  code: Code.Unimplemented,
  message: `unknown service ${name}`,
  requestId: false,
});

const unknownCompression: ErrorOutcome = {
  code: Code.Unimplemented,
  message: 'unknown compression "br": supported encodings are gzip',
  requestId: false,
};

export const rpcExchanges: readonly RpcExchange[] = [
  { name: "list users with a PAT", path: `${USERS}/ListUsers`, token: "pat", outcomes: same({ items: 4 }) },
  {
    name: "list users with a JWT-grant token",
    path: `${USERS}/ListUsers`,
    token: "issued",
    outcomes: { connect: { items: 4 } },
  },
  { name: "no authorization header", path: `${USERS}/ListUsers`, outcomes: same(HEADER_MISSING) },
  {
    name: "lower-case bearer",
    path: `${USERS}/ListUsers`,
    headers: { authorization: "bearer PAT" },
    outcomes: same(error(Code.Unauthenticated, "AUTH-toLo1", "invalid auth header")),
  },
  {
    name: "malformed token",
    path: `${USERS}/ListUsers`,
    headers: { authorization: "Bearer abc" },
    outcomes: same(TOKEN_INVALID),
  },
  {
    name: "token without the API's audience",
    path: `${USERS}/ListUsers`,
    token: "issued for another audience",
    outcomes: same(TOKEN_INVALID),
  },
  {
    name: "user that does not exist",
    path: `${USERS}/GetUserByID`,
    message: { userId: "1" },
    token: "pat",
    outcomes: same(USER_NOT_FOUND),
  },
  {
    name: "field rule violated",
    path: `${USERS}/GetUserByID`,
    message: { userId: "" },
    token: "pat",
    outcomes: same(error(Code.InvalidArgument, undefined, `invalid GetUserByIDRequest.UserId: ${LENGTH}`)),
  },
  {
    name: "bad organization header",
    path: `${USERS}/ListUsers`,
    token: "pat",
    headers: { "x-zitadel-orgid": "1" },
    outcomes: same(ORGANIZATION_UNKNOWN),
  },
  {
    name: "unknown instance host",
    path: `${USERS}/ListUsers`,
    token: "pat",
    headers: { "x-zitadel-instance-host": "unknown.example" },
    outcomes: same(error(Code.NotFound, undefined, UNKNOWN_HOST)),
  },
  { name: "unknown method", path: `${USERS}/Nope`, token: "pat", outcomes: same(PAGE_NOT_FOUND) },
  {
    name: "unknown service",
    path: "/zitadel.user.v9.UserService/ListUsers",
    token: "pat",
    outcomes: v1(unknownService("zitadel.user.v9.UserService")),
  },
  { name: "v1: list", path: `${MANAGEMENT}/ListUsers`, token: "pat", outcomes: v1({ items: 4 }) },
  {
    name: "v1: not found",
    path: `${MANAGEMENT}/GetUserByID`,
    message: { id: "1" },
    token: "pat",
    outcomes: v1(USER_NOT_FOUND),
  },
  { name: "v1: no authorization header", path: `${MANAGEMENT}/ListUsers`, outcomes: v1(HEADER_MISSING) },
  {
    name: "v1: field rule violated",
    path: `${MANAGEMENT}/GetUserByID`,
    message: { id: "" },
    token: "pat",
    outcomes: v1(error(Code.InvalidArgument, undefined, `invalid GetUserByIDRequest.Id: ${LENGTH}`)),
  },
  { name: "v1: healthz", path: `${MANAGEMENT}/Healthz`, outcomes: v1("ok") },
  {
    name: "v1: system service without rights",
    path: "/zitadel.system.v1.SystemService/ListInstances",
    token: "pat",
    outcomes: v1(TOKEN_INVALID),
  },
  {
    name: "v3alpha: list",
    path: "/zitadel.resources.userschema.v3alpha.ZITADELUserSchemas/SearchUserSchemas",
    token: "pat",
    outcomes: v1(error(Code.FailedPrecondition, "SCHEMA-SFjk3", 'Feature "User Schema" is not enabled')),
  },
  {
    name: "declared, not served",
    path: "/zitadel.analytics.v2beta.TelemetryService/ReportBaseInformation",
    token: "pat",
    outcomes: v1(unknownService("zitadel.analytics.v2beta.TelemetryService")),
  },
  {
    name: "list users: limit above any",
    path: `${USERS}/ListUsers`,
    message: { query: { limit: 5000 } },
    token: "pat",
    outcomes: { connect: { items: 4 } },
  },
  {
    name: "page above the maximum",
    path: `${USERS}/ListKeys`,
    message: { pagination: { limit: 1001 } },
    token: "pat",
    outcomes: same(error(Code.InvalidArgument, "QUERY-4M0fs", "Limit exceeded")),
  },
  {
    name: "grpc-web-text",
    path: `${USERS}/ListUsers`,
    token: "pat",
    headers: { "content-type": "application/grpc-web-text" },
    outcomes: { "grpc-web": UNSUPPORTED_TYPE },
  },
  {
    name: "unknown compression",
    path: `${USERS}/ListUsers`,
    token: "pat",
    headers: { "content-encoding": "br" },
    outcomes: { connect: unknownCompression },
  },
  {
    name: "unknown grpc compression",
    path: `${USERS}/ListUsers`,
    token: "pat",
    headers: { "grpc-encoding": "br" },
    outcomes: { grpc: { ...unknownCompression, headers: { "grpc-encoding": "" } } },
  },
  {
    name: "add human user: email missing",
    path: `${USERS}/AddHumanUser`,
    message: { profile: { givenName: "Ada", familyName: "Lovelace" } },
    token: "pat",
    outcomes: same(
      error(Code.InvalidArgument, undefined, "invalid AddHumanUserRequest.Email: value is required"),
    ),
  },
  ...["session: wrong password", "session: user that does not exist"].map((name) => ({
    name,
    path: `${SESSIONS}/CreateSession`,
    message: { checks: { user: { userId: "1" }, password: { password: "x" } } },
    token: "pat" as const,
    outcomes: same(USER_NOT_FOUND),
  })),
  {
    name: "accept-language de, not found",
    path: `${USERS}/GetUserByID`,
    message: { userId: "1" },
    token: "pat",
    headers: { "accept-language": "de" },
    outcomes: same(USER_NOT_FOUND),
  },
  {
    name: "connect GET",
    method: "GET",
    path: `${USERS}/ListUsers?connect=v1&encoding=json&message=%7B%7D`,
    outcomes: { connect: { status: 405, headers: { allow: "POST" }, text: "", requestId: false } },
  },
  {
    name: "double slash",
    path: `/${USERS}/ListUsers`,
    outcomes: {
      connect: { status: 301, headers: { location: `${USERS}/ListUsers` }, text: "", requestId: false },
    },
  },
  {
    name: "connect, malformed body",
    path: `${USERS}/ListUsers`,
    raw: Uint8Array.of(0xff, 0xff, 0xff),
    token: "pat",
    outcomes: {
      connect: {
        code: Code.InvalidArgument,
        message:
          "unmarshal message: unmarshal into *user.ListUsersRequest: proto: cannot parse invalid wire-format data",
        requestId: false,
      },
    },
  },
  {
    name: "connect, unknown content type",
    path: `${USERS}/ListUsers`,
    token: "pat",
    headers: { "content-type": "text/plain" },
    outcomes: { connect: UNSUPPORTED_TYPE },
  },
  {
    name: "connect, timeout of 1 ms",
    path: `${USERS}/ListUsers`,
    token: "pat",
    headers: { "connect-timeout-ms": "1" },
    outcomes: { connect: ORGANIZATION_UNKNOWN },
  },
];

/**
 * Recorded with an API that is newer than the pinned one, which has no such service or RPC: the emulator cannot
 * serve them, and says so.
 */
export const newerThanThePin: readonly string[] = [
  "/zitadel.project.v2.ProjectService/ListProjects",
  "/zitadel.org.v2.OrganizationService/DeleteOrganization",
];
