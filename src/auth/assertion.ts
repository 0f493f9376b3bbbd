import { AuthError } from "./auth-error.ts";
import type { AuthorizationServer, TokenRequest } from "./authorization-server.ts";
import type { AssertionKey } from "./key-file.ts";
import { BACKDATE_MS, signStatement } from "./signing-key.ts";
import type { AccessToken } from "./token-source.ts";

/** Long enough for any request, short enough that a leaked assertion is soon worth nothing. */
const VALIDITY_MS = 300_000;

/**
 * Makes a token request with an assertion (RFC 7523 section 3) by which the key's owner proves who it is.
 *
 * Signs and asks once more, at once, if the refusal taught that the clocks differ by more than an assertion
 * allows for. As a rule discovery teaches it before the first assertion; this is for a clock that was set since.
 */
export async function requestWithAssertion(
  server: AuthorizationServer,
  key: AssertionKey,
  signal: AbortSignal,
  makeRequest: (assertion: string, issuer: string) => TokenRequest,
): Promise<AccessToken> {
  const { issuer } = await server.discover(signal);
  const skewMs = server.clock.skewMs;
  const attempt = async (): Promise<AccessToken> => {
    const now = server.clock.now();
    const assertion = await signStatement(key, {
      subject: key.subject,
      audience: issuer,
      now,
      lifetimeMs: VALIDITY_MS,
    });
    return server.requestToken(makeRequest(assertion, issuer), signal);
  };
  try {
    return await attempt();
  } catch (error) {
    const refused =
      error instanceof AuthError && (error.code === "invalid_grant" || error.code === "invalid_client");
    if (!refused || Math.abs(server.clock.skewMs - skewMs) < BACKDATE_MS) throw error;
    return attempt();
  }
}
