import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { root } from "../../scripts/pinned-api.ts";

interface Export {
  readonly name: string;
  readonly kind: "type" | "value";
  /** The declaring file; absent for what another package declares. */
  readonly file: string | undefined;
}

/** What an entry point exports, each by name: it has no wildcard. */
function exportsOf(entry: string): Export[] {
  const source = readFileSync(join(root, entry), "utf8");
  assert.doesNotMatch(source, /export \*/);
  const statements = source.matchAll(/^export (type )?\{([^}]*)\} from "([^"]+)";/gms);
  return [...statements].flatMap(([, allTypes, names = "", from = ""]) => {
    const file = from.startsWith(".") ? join(dirname(entry), from) : undefined;
    return names
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "")
      .map(
        (item) =>
          ({
            name: item.replace(/^type /, ""),
            kind: allTypes !== undefined || item.startsWith("type ") ? "type" : "value",
            file,
          }) as const,
      );
  });
}

/** The public names, each entry point's: a change here is a change for users. */
const SURFACE: Record<string, { values: string[]; types: string[] }> = {
  "src/index.ts": {
    values: [
      "AuthError",
      "BulkError",
      "Code",
      "ListError",
      "UntilError",
      "ZitadelError",
      "authFromEnvironment",
      "bulk",
      "cachedTokenSource",
      "clientCredentials",
      "createZitadel",
      "durationFromMs",
      "fetchTransport",
      "followEvents",
      "hasErrorId",
      "isAlreadyExists",
      "isCanceled",
      "isDeadlineExceeded",
      "isFailedPrecondition",
      "isInvalidArgument",
      "isNotFound",
      "isPermissionDenied",
      "isResourceExhausted",
      "isUnauthenticated",
      "isUnavailable",
      "isUnimplemented",
      "isZitadelError",
      "latestEventCursor",
      "personalAccessToken",
      "privateKeyJwt",
      "retryMode",
      "reviveError",
      "systemUser",
      "timestampDate",
      "timestampFromDate",
      "toJson",
      "tokenExchange",
      "until",
    ],
    types: [
      "ApplicationKey",
      "AuthContext",
      "AuthErrorCode",
      "AuthErrorInit",
      "AuthEvent",
      "AuthEventListener",
      "AuthMethod",
      "BulkContext",
      "BulkOptions",
      "BulkProgress",
      "BulkResult",
      "BulkWorker",
      "CachedTokenSourceOptions",
      "CallMessage",
      "CallObservation",
      "CallObserver",
      "CallOptions",
      "CauseJson",
      "ClientCredentialsOptions",
      "ClientProject",
      "ClientSecretOptions",
      "ErrorDetail",
      "ErrorJson",
      "ErrorName",
      "ErrorOrigin",
      "ErrorWithCode",
      "ErrorWithId",
      "EventCursor",
      "EventSource",
      "EventStream",
      "ExchangeClient",
      "ExchangeOptions",
      "ExchangeSubject",
      "FaultName",
      "Fetch",
      "FetchInit",
      "FetchToken",
      "FetchTokenOptions",
      "FetchTransport",
      "FetchTransportOptions",
      "FieldViolation",
      "FinishedCall",
      "FollowEventsOptions",
      "FollowedEvent",
      "GetTokenOptions",
      "HttpVersion",
      "ImpersonationOptions",
      "KeyFileContent",
      "KeyOptions",
      "KnownDetail",
      "List",
      "ListCursor",
      "ListOptions",
      "ListPage",
      "LogFields",
      "LogLevel",
      "LogMethod",
      "Logger",
      "NetworkOptions",
      "OwnExchangeOptions",
      "PersonalAccessTokenOptions",
      "PinnedServices",
      "PrivateKeyJwtOptions",
      "ProxySetting",
      "RetryMode",
      "RetryOptions",
      "ScopeOptions",
      "ServiceAccountKey",
      "ServiceClient",
      "ServiceClients",
      "ServiceEntry",
      "ServiceTree",
      "StartedCall",
      "SystemUserKeyOptions",
      "SystemUserOptions",
      "TlsOptions",
      "ToJsonOptions",
      "TokenExchangeOptions",
      "TokenInput",
      "TokenSource",
      "TokenStore",
      "TransportEvent",
      "UntilAttempt",
      "UntilOptions",
      "UntilRead",
      "Zitadel",
      "ZitadelOptions",
    ],
  },
  "src/callers/index.ts": {
    values: ["CallerError", "createCallerVerifier", "hasRole", "requireRole"],
    types: [
      "Actor",
      "Caller",
      "CallerErrorCode",
      "CallerErrorInit",
      "CallerMiddleware",
      "CallerOrganization",
      "CallerRequirement",
      "CallerVerifier",
      "CallerVerifierOptions",
      "ClientAuthentication",
      "InstanceOptions",
      "IntrospectionOptions",
      "NodeRequest",
      "Roles",
      "WebRequest",
    ],
  },
  "src/telemetry/index.ts": { values: ["openTelemetry"], types: ["OpenTelemetryOptions"] },
  "src/testing/index.ts": {
    values: ["sendWebhook", "signWebhook", "startEmulator", "zitadelError"],
    types: [
      "AccessTokenType",
      "Application",
      "CallContext",
      "Caller",
      "CommitDelay",
      "Emulator",
      "EmulatorOptions",
      "Handler",
      "Handlers",
      "HttpRequest",
      "HttpResponse",
      "Identity",
      "NewApplication",
      "NewAuthorization",
      "NewProject",
      "NewServiceUser",
      "Project",
      "RecordedRequest",
      "RequestInterceptor",
      "ServiceUser",
      "SignedWebhook",
      "SystemUser",
      "WebKeyAlgorithm",
      "WebhookDelivery",
    ],
  },
  "src/token-stores/index.ts": {
    values: ["folderTokenStore", "redisTokenStore"],
    types: ["FolderTokenStoreOptions", "RedisClient", "RedisTokenStoreOptions"],
  },
  "src/webhooks/index.ts": {
    values: [
      "WebhookError",
      "createWebhook",
      "methodOf",
      "refuse",
      "requestOf",
      "respondToFunction",
      "respondWith",
      "responseOf",
    ],
    types: [
      "DecryptionKey",
      "EmailCall",
      "EventCall",
      "FunctionCall",
      "FunctionResponse",
      "LambdaEvent",
      "LambdaResult",
      "MessageTemplate",
      "NodeRequest",
      "RequestCall",
      "ResponseCall",
      "SmsCall",
      "Webhook",
      "WebhookBody",
      "WebhookCall",
      "WebhookErrorCode",
      "WebhookHandler",
      "WebhookOptions",
      "WebhookResult",
      "WebhookServices",
    ],
  },
};

for (const [entry, { values, types }] of Object.entries(SURFACE)) {
  const exported = exportsOf(entry);

  describe(`the public surface of ${entry}`, () => {
    it("is the one that this test pins", () => {
      const names = (kind: Export["kind"]) =>
        exported
          .filter((e) => e.kind === kind)
          .map((e) => e.name)
          .sort();
      assert.deepEqual({ values: names("value"), types: names("type") }, { values, types });
    });

    it("is what the module has at run time", async () => {
      assert.deepEqual(Object.keys(await import(join(root, entry))).sort(), values);
    });

    it("has its groups where their comments say, which a comment without an empty line below it has not", () => {
      const source = readFileSync(join(root, entry), "utf8");
      assert.doesNotMatch(source, /^\/\/.*\n(?!\n|\/\/)/m);
    });

    it("is documented, each name", () => {
      const undocumented = exported.filter(({ name, file }) => {
        if (file === undefined) return false;
        const source = readFileSync(join(root, file), "utf8");
        return !new RegExp(
          `\\*/\\nexport (async )?(abstract )?(function|class|const|interface|type) ${name}\\b`,
        ).test(source);
      });
      assert.deepEqual(undocumented, []);
    });
  });
}
