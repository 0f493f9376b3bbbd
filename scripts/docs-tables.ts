/** Makes the tables of docs/ that show what is in the code. Run this to rewrite them; a test compares. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DescMethodUnary } from "@bufbuild/protobuf";
import { AuthError, type AuthErrorCode } from "../src/auth/auth-error.ts";
import { CallerError, type CallerErrorCode } from "../src/callers/caller-error.ts";
import { checks } from "../src/doctor/doctor.ts";
import { codeName } from "../src/errors/code-name.ts";
import { diagnoses } from "../src/errors/diagnoses.ts";
import type { Diagnosis } from "../src/errors/diagnosis.ts";
import { AUDIT_RULES } from "../src/service-users/audit.ts";
import { createServiceRegistry, isServed } from "../src/testing/rpc/service-registry.ts";
import { createBuiltInHandlers } from "../src/testing/services/index.ts";
import { createStore } from "../src/testing/state/store.ts";
import { toStatus, type WebhookErrorCode } from "../src/webhooks/webhook-error.ts";
import type { MatrixResults } from "../test/matrix/project.ts";
import { readOptionComments, readPickedOptions } from "./option-comments.ts";
import { root } from "./pinned-api.ts";

/** What each reason for having no token stands for. The compiler checks that none is missing. */
const AUTH_ERRORS: Readonly<Record<AuthErrorCode, string>> = {
  invalid_request: "400: something is missing or wrong; also a wrong secret and an inactive user",
  invalid_client: "400: no such client",
  invalid_grant: "400: the signed request is not valid: key, user, instance or clock",
  unauthorized_client: "400: the client may not use this grant",
  unsupported_grant_type: "400: the server does not offer this grant",
  invalid_scope: "400: a scope is invalid",
  invalid_target: "400: the requested audience is invalid",
  refused: "4xx: any other refusal",
  unknown_instance: "404: no instance at this host",
  instance_blocked: "429: the instance is blocked, or its quota is exhausted",
  rate_limited: "429: too many requests",
  server_error: "5xx: the server or a proxy failed",
  unreachable: "there was no response",
  timeout: "there was no response in time",
  redirected: "3xx: the response is a redirect",
  bad_response: "the response is not that of a token endpoint",
  invalid_credential: "a key or secret that was loaded at run time is unusable",
  credential_unavailable: "a key or secret could not be loaded",
};

/** What each reason for not letting a request in stands for. */
const CALLER_ERRORS: Readonly<Record<CallerErrorCode, string>> = {
  missing_token: "no bearer token in the header `Authorization`",
  malformed: "the header holds something other than one bearer token",
  opaque_token: "not a JWT, and introspection is not set up",
  bad_signature: "changed, forged, or signed with an algorithm that Zitadel does not use",
  unknown_key: "signed with a key that the instance does not have",
  not_access_token: "an ID token, or another JWT from the instance",
  wrong_issuer: "a JWT from another instance",
  wrong_audience: "not requested for this service's project",
  expired: "the token has expired, by the instance's clock",
  not_yet_valid: "the token's times are ahead of the instance's clock",
  inactive: "introspection says so, and gives no reason",
  introspection_refused: "the instance refuses the service's own key or secret",
  unreachable: "no usable response from the instance in time",
  missing_role: "verified, without the required role",
  not_verified: "`getCaller()` for a request that the verifier has not let in",
};

/** What each error of a webhook stands for, and what to do. */
const WEBHOOK_ERRORS: Readonly<Record<WebhookErrorCode, string>> = {
  method_not_allowed: "not a POST",
  content_type_unsupported: "not `application/json`, the only type that Zitadel sends",
  body_too_large: "larger than `maxBodyBytes`",
  body_unreadable: "the connection ended before the body did",
  body_parsed: "a parser has read the body, and its bytes are gone: see [above](#the-bytes-of-the-body)",
  signature_missing: "no header `ZITADEL-Signature`: not Zitadel, or a proxy that removes it",
  signature_malformed: "the header is not of the form that Zitadel sends",
  signature_mismatch: "the key of another target, or a body that was changed on the way",
  signature_expired: "signed more than `toleranceMs` ago, or ahead: a replayed call, or a wrong clock",
  token_invalid:
    "not the JWT or JWE that `payload` expects, or made with a key other than those of `jwks` and `decryptionKey`",
  keys_unavailable: "the instance's keys could not be fetched; `cause` says why",
  payload_malformed: "signed, but not what Zitadel sends; often a JWT where `payload` is `json`",
  handler_failed: "your handler threw; `cause` is what it threw",
  result_invalid: "your handler returned something other than what is [allowed](#what-a-handler-returns)",
};

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return [head, head.map(() => "---"), ...rows].map(line).join("");
}

function errorTable(): string {
  const rows = diagnoses.map((row) => [
    row.code === undefined ? "any" : `\`${codeName(row.code)}\``,
    toldBy(row),
    row.meaning,
    `${row.hint}${row.retryable === true ? " *(retryable)*" : ""}`,
  ]);
  return table(["code", "recognized by", "meaning", "hint"], rows);
}

function toldBy({ ids, origin, fault, unprocessed, when }: Diagnosis): string {
  const conditions = [
    ids?.map((id) => `\`${id}\``).join(", "),
    origin && `origin \`${origin}\``,
    fault && `fault \`${fault}\``,
    unprocessed && "`unprocessed`",
    when?.text,
  ];
  return conditions.filter(Boolean).join("; ");
}

function authErrorTable(): string {
  const rows = Object.entries(AUTH_ERRORS).map(([name, response]) => {
    const { hint, retryable } = new AuthError({ code: name as AuthErrorCode, summary: "" });
    return [`\`${name}\``, response, `${hint}${retryable ? " *(retryable)*" : ""}`];
  });
  return table(["`cause.code`", "response", "hint"], rows);
}

function callerErrorTable(): string {
  const rows = Object.entries(CALLER_ERRORS).map(([name, meaning]) => {
    const { status, hint, retryable } = new CallerError(name as CallerErrorCode);
    return [`\`${name}\``, String(status), meaning, `${hint}${retryable ? " *(retryable)*" : ""}`];
  });
  return table(["`code`", "status", "meaning", "hint"], rows);
}

function checkTable(): string {
  return table(
    ["check", "looks at", "needs"],
    checks.map(({ name, about, needs }) => [
      `\`${name}\``,
      about,
      needs.map((one) => `\`${one}\``).join(", "),
    ]),
  );
}

function webhookErrorTable(): string {
  const codes = Object.keys(WEBHOOK_ERRORS) as WebhookErrorCode[];
  const rows = codes.map((code) => [`\`${code}\``, String(toStatus({ code })), WEBHOOK_ERRORS[code]]);
  return table(["code", "status", "meaning"], rows);
}

/** What an audit of service users looks for. */
function auditTable(): string {
  return table(
    ["rule", "finds"],
    Object.entries(AUDIT_RULES).map(([rule, text]) => [`\`${rule}\``, text]),
  );
}

/** The runtimes in which the same calls were made with the packed package, as test/matrix/run.ts found. */
function runtimeTable(): string {
  const results: MatrixResults = JSON.parse(readFileSync(join(root, "test/matrix/results.json"), "utf8"));
  const rows = Object.values(results).map(({ title, versions, passed }) => [
    title,
    versions.join(", "),
    passed.map((name) => `\`${name}\``).join(", "),
  ]);
  return table(["where", "versions", "passed"], rows);
}

/** The RPCs of a service, and the ones that the emulator implements. */
interface EmulatedService {
  /** Its path on a client: `user.v2`. */
  readonly path: string;
  readonly rpcs: number;
  readonly implemented: readonly string[];
}

async function emulatedServices(): Promise<EmulatedService[]> {
  const registry = createServiceRegistry();
  const find = createBuiltInHandlers(createStore("localhost", Date.now), registry);
  const services = (await registry.all()).filter(({ typeName }) => isServed(typeName));
  const all = services.map(async ({ typeName, methods }): Promise<EmulatedService> => {
    // Every RPC of Zitadel is unary.
    const handlers = await Promise.all(methods.map((method) => find(method as DescMethodUnary)));
    const implemented = methods.filter((_, index) => handlers[index] !== undefined);
    const path = typeName.replace(/^zitadel\./, "").replace(/\.\w+$/, "");
    return { path, rpcs: methods.length, implemented: implemented.map(({ localName }) => localName) };
  });
  return (await Promise.all(all)).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The number of implemented RPCs. */
async function emulatedCount(): Promise<string> {
  const services = await emulatedServices();
  const implemented = services.reduce((sum, one) => sum + one.implemented.length, 0);
  const rpcs = services.reduce((sum, one) => sum + one.rpcs, 0);
  return `It implements ${implemented} of the ${rpcs} RPCs of the pinned API ([which](emulator-rpcs.md)).\n`;
}

/** All implemented RPCs, by name. */
async function emulatedList(): Promise<string> {
  const services = await emulatedServices();
  const some = services.filter(({ implemented }) => implemented.length > 0);
  const sections = some.map(({ path, rpcs, implemented }) => {
    const count = implemented.length === rpcs ? `all ${rpcs}` : `${implemented.length} of ${rpcs}`;
    return `## ${path}\n\n${count}: ${implemented.map((name) => `\`${name}\``).join(", ")}\n`;
  });
  const none = services
    .filter(({ implemented }) => implemented.length === 0)
    .map(({ path }) => `\`${path}\``);
  const rest = none.length === 0 ? [] : [`## None\n\nNo RPC of these is implemented: ${none.join(", ")}.\n`];
  return `\n${[...sections, ...rest].join("\n")}\n`;
}

/** The options of an interface, or only those in `names`. */
function optionTable(file: string, name: string, names?: readonly string[]): string {
  const options = readOptionComments(file, name).filter(({ option }) => names?.includes(option) ?? true);
  return table(
    ["option", "what it is", "default"],
    options.map(({ option, text, byDefault = "none" }) => [
      `\`${option}\``,
      toMarkdown(text),
      toMarkdown(byDefault),
    ]),
  );
}

/** Turns the pages of docs/ that a comment names into links. */
function toMarkdown(text: string): string {
  return text.replaceAll(/\{@link (\w+)\}/g, "`$1`").replaceAll(/\bdocs\/([\w-]+\.md)\b/g, "[$1]($1)");
}

const NETWORK_OPTIONS = readPickedOptions("src/client/client-options.ts", "NetworkOptions");

/** Each file with the tables in it, which are between `<!-- name -->` and `<!-- /name -->`. */
const TABLES: Readonly<Record<string, Readonly<Record<string, () => string | Promise<string>>>>> = {
  "docs/options.md": {
    client: () => optionTable("src/client/client-options.ts", "ZitadelOptions"),
    network: () => optionTable("src/transport/transport-options.ts", "ConnectionOptions", NETWORK_OPTIONS),
    retry: () => optionTable("src/transport/retry/retry-policy.ts", "RetryOptions"),
    pace: () => optionTable("src/transport/pace/pace-options.ts", "PaceOptions"),
    tls: () => optionTable("src/transport/dial/tls.ts", "TlsOptions"),
    call: () => optionTable("src/client/call-options.ts", "CallOptions"),
  },
  "docs/webhooks.md": { "webhook-errors": webhookErrorTable },
  "docs/error-reference.md": { errors: errorTable, "token-errors": authErrorTable },
  "docs/callers.md": { "caller-errors": callerErrorTable },
  "docs/debugging.md": { checks: checkTable },
  "docs/service-users.md": { "audit-rules": auditTable },
  "docs/runtimes.md": { runtimes: runtimeTable },
  "docs/testing.md": { "rpc-count": emulatedCount },
  "docs/emulator-rpcs.md": { rpcs: emulatedList },
};

/** The files of docs/, with their tables made from the code. */
export async function documentsWithTables(): Promise<Map<string, string>> {
  const documents = new Map<string, string>();
  for (const [file, tables] of Object.entries(TABLES)) {
    let text = readFileSync(join(root, file), "utf8");
    for (const [name, make] of Object.entries(tables)) {
      const [start, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
      const [before, rest = ""] = text.split(start);
      text = `${before}${start}${await make()}${end}${rest.split(end)[1] ?? ""}`;
    }
    documents.set(file, text);
  }
  return documents;
}

if (import.meta.main) {
  for (const [file, text] of await documentsWithTables()) writeFileSync(join(root, file), text);
}
