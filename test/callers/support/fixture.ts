import assert from "node:assert/strict";
import {
  CallerError,
  type CallerErrorCode,
  type CallerVerifierOptions,
  createCallerVerifier,
} from "../../../src/callers/index.ts";
import {
  type Application,
  type Emulator,
  type ServiceUser,
  startEmulator,
} from "../../../src/testing/index.ts";
import { FakeClock } from "../../auth/support/clocks.ts";
import { askToken } from "../../testing/support/json-call.ts";

export const ROLES_SCOPE = "urn:zitadel:iam:org:projects:roles";
export const OWNER_SCOPE = "urn:zitadel:iam:user:resourceowner";

/** A service's project on an emulator, with callers of both kinds, who have the role reader. */
export class Fixture {
  readonly emulator: Emulator;
  readonly clock: FakeClock;
  readonly projectId: string;
  readonly application: Application;
  readonly jwtBot: ServiceUser;
  readonly bot: ServiceUser;

  private constructor(
    emulator: Emulator,
    clock: FakeClock,
    parts: Pick<Fixture, "projectId" | "application" | "jwtBot" | "bot">,
  ) {
    this.emulator = emulator;
    this.clock = clock;
    this.projectId = parts.projectId;
    this.application = parts.application;
    this.jwtBot = parts.jwtBot;
    this.bot = parts.bot;
  }

  static async start(): Promise<Fixture> {
    const clock = new FakeClock();
    const emulator = await startEmulator({ clock, tokenLifetimeSeconds: 3_600 });
    const { projectId } = emulator.createProject({ roles: ["reader", "writer"] });
    const [application, jwtBot, bot] = await Promise.all([
      emulator.createApplication({ projectId }),
      emulator.createServiceUser({ username: "jwt-bot", accessTokenType: "jwt" }),
      emulator.createServiceUser({ username: "bot" }),
    ]);
    for (const { userId } of [jwtBot, bot]) {
      emulator.createAuthorization({ userId, projectId, roles: ["reader"] });
    }
    return new Fixture(emulator, clock, { projectId, application, jwtBot, bot });
  }

  get audienceScope(): string {
    return `urn:zitadel:iam:org:project:id:${this.projectId}:aud`;
  }

  /** Verifies JWTs by keys, and refuses other tokens. */
  local(options: Partial<CallerVerifierOptions> = {}) {
    const { emulator, clock, projectId } = this;
    return createCallerVerifier({ url: emulator.url, clock, projectId, ...options });
  }

  /** Introspects all tokens, by the application's secret. */
  introspecting(
    introspection: { maxAgeMs?: number; maxEntries?: number } = {},
    options: Partial<CallerVerifierOptions> = {},
  ) {
    const { clientId, clientSecret } = this.application;
    return this.local({ introspection: { clientId, clientSecret, ...introspection }, ...options });
  }

  async tokens(user: ServiceUser, ...scopes: string[]): Promise<{ accessToken: string; idToken: string }> {
    const { clientId, clientSecret } = user;
    const { status, body } = await askToken(this.emulator.url, {
      grant_type: "client_credentials",
      scope: ["openid", ...scopes].join(" "),
      client_id: clientId,
      client_secret: clientSecret,
    });
    assert.equal(status, 200);
    return { accessToken: String(body["access_token"]), idToken: String(body["id_token"]) };
  }

  /** A token for the service. */
  async token(user: ServiceUser, ...scopes: string[]): Promise<string> {
    return (await this.tokens(user, this.audienceScope, ...scopes)).accessToken;
  }

  /** The number of requests to a path since the last call. */
  takeRequests(path: string): number {
    const count = this.emulator.requests.filter((request) => request.path === path).length;
    this.emulator.requests.length = 0;
    return count;
  }
}

/** Asserts that something is refused with a code; returns the error. */
export async function refusal(promise: Promise<unknown>, code: CallerErrorCode): Promise<CallerError> {
  const error = await promise.then(
    () => assert.fail(`expected ${code}, but it was accepted`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof CallerError, String(error));
  assert.equal(error.code, code);
  return error;
}
