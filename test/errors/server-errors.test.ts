import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { diagnoses } from "../../src/errors/diagnoses.ts";
import {
  createZitadel,
  isResourceExhausted,
  personalAccessToken,
  ZitadelError,
  type ZitadelOptions,
} from "../../src/index.ts";
import { type Emulator, startEmulator, zitadelError } from "../../src/testing/index.ts";
import { failureOfCall } from "./support/failure-of-call.ts";
import { interceptPaths } from "./support/intercept-paths.ts";

const METHOD = "zitadel.user.v2.UserService/GetUserByID";

describe("the error of a call", () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());

  /** The error of a call to which the server responds with `response`. */
  async function failure(response?: ConnectError, options: ZitadelOptions = {}): Promise<ZitadelError> {
    const restore =
      response === undefined
        ? () => {}
        : emulator.handle(UserService, {
            getUserByID: () => {
              throw response;
            },
          });
    try {
      return await failureOfCall(emulator, options);
    } finally {
      restore();
    }
  }

  const rows: readonly {
    readonly what: string;
    readonly code: Code;
    readonly id?: string;
    readonly hint: RegExp;
    readonly retryable?: boolean;
    /** Default: the server responds with code and id. */
    readonly provoke?: () => Promise<ZitadelError>;
  }[] = [
    {
      what: "a call without a token",
      code: Code.Unauthenticated,
      hint: /whether a proxy removes the authorization header/,
      provoke: () => failure(new ConnectError("auth header missing", Code.Unauthenticated)),
    },
    {
      what: "a header without a bearer token",
      code: Code.Unauthenticated,
      id: "AUTH-toLo1",
      hint: /what sets the authorization header/,
      provoke: () =>
        failure(undefined, {
          interceptors: [
            (next) => (request) => {
              request.header.set("authorization", "bearer lower-case");
              return next(request);
            },
          ],
        }),
    },
    {
      what: "a malformed, expired or revoked token",
      code: Code.Unauthenticated,
      id: "AUTH-7fs1e",
      hint: /has not expired or been revoked; the user is active; .* instanceHost.* scope urn:zitadel:iam/,
      provoke: () => failure(undefined, { auth: personalAccessToken({ token: "not-a-token" }) }),
    },
    ...["APP-wai8O", "APP-Shi0J"].map((id) => ({
      what: "a token with an actor, which Zitadel's own API never accepts",
      code: Code.PermissionDenied,
      id,
      hint: /^Zitadel's API never accepts a token with an actor.*without an actor/,
    })),
    ...["AUTHZ-EGDo3", "QUERY-dsfr3", "AUTHZ-Kl3p0"].map((id) => ({
      what: "a stale session token",
      code: Code.PermissionDenied,
      id,
      hint: /the last update of the session/,
    })),
    {
      what: "an organization that does not exist",
      code: Code.PermissionDenied,
      id: "AUTH-Bs7Ds",
      hint: /Check organizationId, withOrganization\(\)/,
      provoke: () => failure(undefined, { organizationId: "12345" }),
    },
    {
      what: "a user without any membership",
      code: Code.NotFound,
      id: "AUTHZ-cdgFk",
      hint: /^GetUserByID needs the permission user\.read.* Grant the service user a role there/,
    },
    ...["AUTH-5mWD2", "AUTH-3jknH", "AUTH-AWfge", "AUTH-Swrgg2"].map((id) => ({
      what: "a missing permission",
      code: Code.PermissionDenied,
      id,
      hint: /^GetUserByID needs the permission user\.read\. .*ORG_OWNER_VIEWER.*set organizationId or withOrganization/,
    })),
    ...[
      { code: Code.InvalidArgument, id: "EXEC-reUaUZCzCp" },
      { code: Code.PermissionDenied, id: "EXEC-reUaUZCzCp" },
      { code: Code.NotFound, id: "EXEC-reUaUZCzCp" },
      { code: Code.Unknown, id: "EXEC-reUaUZCzCp" },
      { code: Code.FailedPrecondition, id: "EXEC-bmhNhpcqpF" },
      { code: Code.FailedPrecondition, id: "EXEC-dra6yamk98" },
    ].map((row) => ({
      ...row,
      what: `a target that makes the call fail as ${Code[row.code]}`,
      hint: /^This is not about roles or tokens: ask the operator of the target/,
    })),
    {
      what: "a target that does not respond",
      code: Code.Unknown,
      hint: /^This is not about roles.*Its address is in the text/,
      provoke: () =>
        failure(zitadelError(Code.Unknown, "", 'Post "http://127.0.0.1:1/": context deadline exceeded')),
    },
    {
      what: "a target that responds with something else",
      code: Code.Unknown,
      hint: /respondWith\(\)/,
      provoke: () => failure(zitadelError(Code.Unknown, "", 'proto: (line 1:2): unknown field "nope"')),
    },
    {
      what: "an unknown instance",
      code: Code.NotFound,
      hint: /Check the url.*set instanceHost/,
      provoke: () => failure(undefined, { instanceHost: "other.example.com" }),
    },
    {
      what: "a field that violates a rule",
      code: Code.InvalidArgument,
      hint: /See fieldViolations/,
      provoke: () => failureOfCall(emulator, {}, ""),
    },
    {
      what: "a page that is too large",
      code: Code.InvalidArgument,
      id: "QUERY-4M0fs",
      hint: /at most 1000/,
    },
    ...["QUOTA-vjAy8", "LIMITS-molsj"].map((id) => ({
      what: "a blocked instance or a used quota",
      code: Code.ResourceExhausted,
      id,
      hint: /Repeating the call does not help/,
    })),
    {
      what: "an object that is missing",
      code: Code.NotFound,
      id: "QUERY-Dfbg2",
      hint: /Check the id/,
      provoke: () => failure(),
    },
    {
      what: "an object that exists",
      code: Code.AlreadyExists,
      id: "COMMAND-3n77z",
      hint: /Use the existing one/,
    },
    {
      what: "nothing to change",
      code: Code.FailedPrecondition,
      id: "COMMAND-1m88i",
      hint: /may already have been made/,
    },
    {
      what: "an insert that failed, which Zitadel reports as a duplicate",
      code: Code.AlreadyExists,
      id: "V3-DKcYh",
      hint: /^It is safe to repeat the call/,
      retryable: true,
      provoke: () => failure(zitadelError(Code.AlreadyExists, "V3-DKcYh", "An internal error occurred")),
    },
    ...["QUERY-AG4gs", "QUERY-aAZ1D", "SQL-KyeAx"].map((id) => ({
      what: "a database that fails",
      code: Code.Internal,
      id,
      hint: /^Repeat a read after a few seconds.*check the server's database/,
      retryable: true,
    })),
    ...[
      zitadelError(Code.Internal, "", "db connection error"),
      new ConnectError("unable to set instance using origin x (ExternalDomain is y)", Code.Internal),
    ].map((response) => ({
      what: `a database that fails, without an id: ${response.rawMessage}`,
      code: Code.Internal,
      hint: /^Repeat a read after a few seconds/,
      retryable: true,
      provoke: () => failure(response),
    })),
    {
      what: "a server that fails",
      code: Code.Internal,
      id: "QUERY-xxxx1",
      hint: /requestId in the server's log, and check its database/,
      retryable: true,
    },
    ...[
      "grpc: received message larger than max (4194305 vs. 4194304)",
      "grpc: received message after decompression larger than max 4194304",
      "grpc: message after decompression larger than max (4194305 vs. 4194304)",
    ].map((text) => ({
      what: `a request above the server's limit: ${text}`,
      code: Code.ResourceExhausted,
      hint: /^Send less at a time/,
      provoke: () => failure(new ConnectError(text, Code.ResourceExhausted)),
    })),
    {
      what: "a response above the server's limit",
      code: Code.ResourceExhausted,
      hint: /^Ask for smaller pages/,
      provoke: () =>
        failure(
          new ConnectError(
            "grpc: trying to send message larger than max (11 vs. 10)",
            Code.ResourceExhausted,
          ),
        ),
    },
    {
      what: "a write conflict",
      code: Code.Unknown,
      hint: /It is safe to repeat the call/,
      retryable: true,
      provoke: () =>
        failure(
          zitadelError(
            Code.Unknown,
            "",
            'integrity violation of type "unique" on "events2" (constraint: "events2_pkey")',
          ),
          { retry: { maxConflictAttempts: 1 } },
        ),
    },
  ];

  for (const { what, code, id, hint, retryable, provoke } of rows) {
    it(`identifies ${what}${id === undefined ? "" : ` (${id})`}`, async () => {
      const error = await (provoke?.() ?? failure(zitadelError(code, id ?? "", "In whatever language")));
      assert.ok(error instanceof ZitadelError);
      assert.equal(Code[error.code], Code[code]);
      assert.equal(error.id, id);
      assert.equal(error.origin, "server");
      assert.equal(error.method, METHOD);
      assert.match(error.hint, hint);
      assert.equal(error.retryable, retryable ?? false);
      assert.match(error.requestId ?? "", /^[0-9a-f-]{36}$/);
      assert.ok(error.attempts >= 1);
      assert.ok(error.elapsedMs > 0);
      assert.ok(error.message.startsWith(`[${error.toJSON().code}] ${METHOD}: `));
      assert.ok(error.message.endsWith(`. ${error.hint}`));
    });
  }

  it("identifies a system API call without a system user, whatever the id", async () => {
    await using zitadel = createZitadel({
      url: emulator.url,
      auth: personalAccessToken({ token: emulator.serviceUser.token }),
    });
    await assert.rejects(zitadel.system.v1.listInstances(), {
      id: "AUTH-7fs1e",
      hint: /^Use systemUser\(\)/,
    });
  });

  it("distinguishes a proxy's refusal from Zitadel's", async () => {
    const restore = interceptPaths(emulator, (path) =>
      path.startsWith("/zitadel.")
        ? { status: 403, headers: new Headers({ "content-type": "text/html" }), body: "<html>Blocked</html>" }
        : undefined,
    );
    const error = await failureOfCall(emulator);
    restore();
    assert.equal(error.code, Code.PermissionDenied);
    assert.equal(error.origin, "transport");
    assert.match(error.hint, /proxy, gateway or firewall/);
  });

  it("identifies too many requests, whether a proxy says so or Zitadel", async () => {
    const restore = interceptPaths(emulator, (path) =>
      path.startsWith("/zitadel.") ? { status: 429, headers: new Headers(), body: "" } : undefined,
    );
    const byProxy = await failureOfCall(emulator);
    restore();
    const byZitadel = await failure(new ConnectError("slow down", Code.ResourceExhausted));
    for (const error of [byProxy, byZitadel]) {
      assert.ok(isResourceExhausted(error) && error.retryable, error.message);
      assert.match(error.hint, /^Make fewer concurrent calls/);
    }
    assert.deepEqual([byProxy.fault, byZitadel.fault], ["rate-limited", undefined]);
  });

  it("names the address that cannot be reached", async () => {
    const gone = await startEmulator();
    await gone.close();
    const error = await failureOfCall(gone, { connectTimeoutMs: 100 });
    assert.equal(error.code, Code.Unavailable);
    assert.equal(error.origin, "transport");
    assert.equal(error.retryable, true);
    assert.match(error.hint, /doctor/);
  });

  it("distinguishes a deadline from a cancellation", async () => {
    const restore = emulator.handle(UserService, { getUserByID: () => new Promise<never>(() => {}) });
    const late = await failureOfCall(emulator, { timeoutMs: 50 });
    assert.deepEqual([late.code, late.origin], [Code.DeadlineExceeded, "transport"]);
    const aborted = await failureOfCall(emulator, {}, "1", { signal: AbortSignal.abort() });
    assert.deepEqual([aborted.code, aborted.origin, aborted.retryable], [Code.Canceled, "client", false]);
    restore();
  });

  it("is tested for each id in the table of hints", () => {
    const tested = new Set(rows.map(({ id }) => id));
    const untested = diagnoses.flatMap(({ ids }) => ids ?? []).filter((id) => !tested.has(id));
    assert.deepEqual(untested, []);
  });
});
