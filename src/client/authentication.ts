import { Code, ConnectError } from "@connectrpc/connect";
import type { AccessToken, TokenSource } from "../auth/token-source.ts";
import { methodTraits } from "../descriptor/method-traits.ts";
import { TARGET_REFUSED } from "../errors/conditions.ts";
import { isFromServer } from "../errors/is-from-server.ts";
import { redactError } from "../errors/redact-error.ts";
import { toAuthenticationError } from "../errors/to-zitadel-error.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import type { HeaderFields } from "../shared/fixed-headers.ts";
import { hideSecrets } from "../shared/redact.ts";
import type { Call, CallFn, CallResponse } from "../transport/call.ts";
import { withStreamEnd } from "../transport/streams.ts";

/**
 * Sends the current access token with each call that needs one. If the server rejects it, the call is replayed once: with a
 * new token, or with the same one if no new one can be obtained, since the server may only have failed to look it up. If the
 * source has no other token, as with a personal access token, the call fails with the rejection. A wrong audience looks the
 * same, and cannot cause a loop.
 *
 * The token of a call is known here, so this is where it is removed from errors.
 */
export function withAuthentication(
  next: CallFn,
  tokens: TokenSource,
  sent: SentToken,
  clock: Pick<Clock, "now"> = systemClock,
): CallFn {
  return async (call) => {
    if (!methodTraits(call.method).authenticated || call.header?.has("authorization")) {
      return await sendAsIs(call, next);
    }
    let access: AccessToken;
    try {
      access = await tokens.getToken({ signal: call.context.signal });
    } catch (error) {
      throw tokenError(sent.hideInError(error), call);
    }
    sent.set(access.token);
    try {
      return redacted(await next(withToken(call, access.token)), [access.token]);
    } catch (error) {
      const rejection = redactError(error, [access.token]);
      if (!isRejection(rejection)) throw rejection;
      return await replay(call, access, { next, tokens, sent, clock, rejection });
    }
  };
}

/** Sends a call that has its own authorization, or needs none. */
async function sendAsIs(call: Call, next: CallFn): Promise<CallResponse> {
  const credentials = findCredentials(call.header);
  try {
    return redacted(await next(call), credentials);
  } catch (error) {
    throw redactError(error, credentials);
  }
}

/** Redacts the errors of a stream too, which may occur long after it has begun. */
function redacted(response: CallResponse, secrets: readonly string[]): CallResponse {
  if (!response.stream) return response;
  return withStreamEnd(response, (end) =>
    end.how === "failed" ? redactError(end.error, secrets) : undefined,
  );
}

/** The credentials in the caller's own authorization header, with and without the scheme. */
function findCredentials(header: HeaderFields | undefined): string[] {
  const value = header?.get("authorization");
  return typeof value === "string" ? [value.replace(/^\S+\s+/, ""), value] : [];
}

interface Rejection {
  readonly next: CallFn;
  readonly tokens: TokenSource;
  readonly sent: SentToken;
  readonly clock: Pick<Clock, "now">;
  readonly rejection: unknown;
}

/** Makes the second attempt of a call whose token was rejected. */
async function replay(
  call: Call,
  { token: rejected, expiresAt }: AccessToken,
  { next, tokens, sent, clock, rejection }: Rejection,
): Promise<CallResponse> {
  let reason: unknown;
  let token = rejected;
  try {
    ({ token } = await tokens.getToken({ signal: call.context.signal, rejected }));
  } catch (error) {
    reason = tokenError(redactError(error, [rejected]), call);
    if (call.context.signal.aborted || clock.now() >= (expiresAt ?? Number.POSITIVE_INFINITY)) throw reason;
  }
  if (token === rejected && reason === undefined) throw rejection;
  sent.set(token);
  try {
    return redacted(await next(withToken(call, token)), [token]);
  } catch (error) {
    const again = redactError(error, [token]);
    // If it was rejected again, the reason why there is no new token says more than the rejection.
    throw reason !== undefined && isRejection(again) ? reason : again;
  }
}

function tokenError(error: unknown, { context, method }: Call): unknown {
  return context.signal.aborted ? error : toAuthenticationError(error, method);
}

/** Spelled out rather than spread, because it runs for every attempt. */
function withToken(
  { method, message, header, repeatable, contextValues, context, progress }: Call,
  token: string,
): Call {
  const authorization = `Bearer ${token}`;
  return { method, message, header, authorization, repeatable, contextValues, context, progress };
}

/**
 * Whether the server rejected the token. Errors of a proxy or of this client say nothing about it; nor does one of a target
 * of an execution (actions v2), which may reject calls with 401, perhaps after the RPC has run.
 */
function isRejection(error: unknown): boolean {
  if (!(error instanceof ConnectError) || error.code !== Code.Unauthenticated) return false;
  return isFromServer(error) && !TARGET_REFUSED.some((id) => error.rawMessage.endsWith(`(${id})`));
}

/**
 * Keeps the access token that a client is sending out of texts that belong to no single call: logs, and errors of the token
 * source. Only holds the latest, as the source does, and does not expose it.
 */
export class SentToken {
  #token = "";

  set(token: string): void {
    this.#token = token;
  }

  /** Removes the token from a text, and whatever looks like a secret. */
  hideIn(text: string): string {
    return hideSecrets(text, [this.#token]);
  }

  /** Removes the token from an error, in place. Returns the error, or a copy if it is frozen. */
  hideInError(error: unknown): unknown {
    return redactError(error, [this.#token]);
  }
}
