import type { JWTPayload, JWTVerifyOptions, ProtectedHeaderParameters } from "jose";
import { AuthError } from "../auth/auth-error.ts";
import type { ServerClock } from "../auth/token-endpoint/server-http.ts";
import type { Caller } from "./caller.ts";
import { CallerError, type CallerErrorCode } from "./caller-error.ts";
import { toCaller } from "./claims.ts";
import type { KeySet, Keys } from "./key-set.ts";

/** The algorithms of Zitadel's web keys, EdDSA under both names; no symmetric algorithm, and never `none`. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];

/** Zitadel uses `JWT`; the other one is from RFC 9068 section 2.1. */
const ACCESS_TOKEN_TYPES = /^(JWT|(application\/)?at\+jwt)$/i;

/** What JWTs are verified against. */
export interface JwtOptions {
  readonly keySet: KeySet;
  /** The instance's time. */
  readonly clock: Pick<ServerClock, "now">;
  readonly projectId: string;
  readonly clockToleranceMs: number;
}

/** Whether a token has the form of a signed JWT (RFC 7515 section 7.1). */
export function isJwt(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);
}

let jose: Promise<typeof import("jose")> | undefined;

/**
 * Loads jose for the first JWT. Calling `import()` for each JWT would cost as much as verifying it, although the module
 * is cached.
 */
function loadJose(): Promise<typeof import("jose")> {
  jose ??= import("jose");
  return jose;
}

/** Verifies a JWT as an access token of the instance for the project. */
export async function verifyJwt(token: string, options: JwtOptions): Promise<Caller> {
  const { keySet, projectId } = options;
  await checkHeader(token);
  const keys = await keySet.current();
  const payload = await verifyWith(keys, token, options).catch(async (error: unknown) => {
    if (!(error instanceof CallerError && error.code === "unknown_key")) throw error;
    const newer = await keySet.after(keys);
    if (newer === undefined) throw error;
    return await verifyWith(newer, token, options);
  });
  return toCaller(payload, { verifiedBy: "jwt", projectId });
}

/** Runs before any key is looked up: a token that would be refused anyway must not make the service fetch keys. */
async function checkHeader(token: string): Promise<void> {
  const { decodeProtectedHeader } = await loadJose();
  let header: ProtectedHeaderParameters;
  try {
    header = decodeProtectedHeader(token);
  } catch {
    throw new CallerError("bad_signature");
  }
  if (!ALGORITHMS.includes(String(header.alg))) throw new CallerError("bad_signature");
  if (typeof header.kid !== "string") throw new CallerError("unknown_key");
  if (header.typ !== undefined && !ACCESS_TOKEN_TYPES.test(header.typ)) {
    throw new CallerError("not_access_token");
  }
}

async function verifyWith(
  { issuer, findKey }: Keys,
  token: string,
  { clock, projectId, clockToleranceMs }: JwtOptions,
): Promise<JWTPayload> {
  const { jwtVerify } = await loadJose();
  const now = clock.now();
  const expected: JWTVerifyOptions = {
    algorithms: ALGORITHMS,
    issuer,
    audience: projectId,
    currentDate: new Date(now),
    clockTolerance: clockToleranceMs / 1_000,
    requiredClaims: ["sub", "exp", "iat"],
  };
  const { payload } = await jwtVerify(token, findKey, expected).catch((error: unknown) => {
    throw toCallerError(error);
  });
  if (!isAccessToken(payload)) throw new CallerError("not_access_token");
  if ((payload.iat ?? 0) * 1_000 > now + clockToleranceMs) throw new CallerError("not_yet_valid");
  return payload;
}

/**
 * An ID token has the same issuer, audiences and header, but Zitadel's access tokens have an id (`jti`) and its ID
 * tokens have none. A logout token has an id and events.
 */
function isAccessToken(payload: JWTPayload): boolean {
  return typeof payload.jti === "string" && payload["events"] === undefined;
}

/** Maps an error of jose to ours, without its message and payload. */
function toCallerError(error: unknown): CallerError | AuthError {
  if (!(error instanceof Error && "code" in error && typeof error.code === "string")) {
    // jose's errors have codes. Others come from WebCrypto and concern the key: it is malformed, or too short.
    return new AuthError({
      code: "bad_response",
      summary: "A key of the instance cannot be used",
      cause: error,
    });
  }
  if ("payload" in error && !isAccessToken(error.payload as JWTPayload)) {
    return new CallerError("not_access_token");
  }
  const claim = "claim" in error ? String(error.claim) : "";
  const code = CODES[`${error.code} ${claim}`] ?? CODES[error.code];
  return new CallerError(code ?? "bad_signature");
}

const CODES: Readonly<Record<string, CallerErrorCode>> = {
  ERR_JWKS_NO_MATCHING_KEY: "unknown_key",
  ERR_JWT_EXPIRED: "expired",
  "ERR_JWT_CLAIM_VALIDATION_FAILED iss": "wrong_issuer",
  "ERR_JWT_CLAIM_VALIDATION_FAILED aud": "wrong_audience",
  "ERR_JWT_CLAIM_VALIDATION_FAILED nbf": "not_yet_valid",
  ERR_JWT_CLAIM_VALIDATION_FAILED: "not_access_token",
};
