import { Code, ConnectError } from "@connectrpc/connect";
import type { AccessToken, TokenSource } from "../auth/token-source.ts";
import { methodTraits } from "../descriptor/method-traits.ts";
import { isFromServer } from "../errors/is-from-server.ts";
import { toAuthenticationError } from "../errors/to-zitadel-error.ts";
import type { Call, CallFn } from "../transport/call.ts";

/**
 * Sends the current access token with each call that needs one. When the server rejects it, the call is replayed
 * once: with another token, or with the same if another one cannot be had at the moment, since the server may merely
 * have failed to look it up. A source that has no other token to offer, such as a personal access token, ends the call
 * with the rejection; and a wrong audience, which looks the same, cannot make a loop.
 */
export function withAuthentication(next: CallFn, tokens: TokenSource): CallFn {
  return async (call) => {
    if (!methodTraits(call.method).authenticated || call.header?.has("authorization")) {
      return await next(call);
    }
    let access: AccessToken;
    try {
      access = await tokens.getToken({ signal: call.context.signal });
    } catch (error) {
      throw tokenError(error, call);
    }
    try {
      return await next(withToken(call, access.token));
    } catch (error) {
      if (!isRejection(error)) throw error;
      return await replay(call, access, { next, tokens, rejection: error });
    }
  };
}

interface Rejection {
  readonly next: CallFn;
  readonly tokens: TokenSource;
  readonly rejection: unknown;
}

/** The second attempt of a call whose token was rejected. */
async function replay(
  call: Call,
  { token: rejected, expiresAt }: AccessToken,
  { next, tokens, rejection }: Rejection,
): ReturnType<CallFn> {
  let reason: unknown;
  let token = rejected;
  try {
    ({ token } = await tokens.getToken({ signal: call.context.signal, rejected }));
  } catch (error) {
    reason = tokenError(error, call);
    if (call.context.signal.aborted || Date.now() >= (expiresAt ?? Number.POSITIVE_INFINITY)) throw reason;
  }
  if (token === rejected && reason === undefined) throw rejection;
  try {
    return await next(withToken(call, token));
  } catch (error) {
    // Rejected again: why there is no other token says more than that this one is refused.
    throw reason !== undefined && isRejection(error) ? reason : error;
  }
}

function tokenError(error: unknown, { context, method }: Call): unknown {
  return context.signal.aborted ? error : toAuthenticationError(error, method);
}

/** Spelled out, since it is done for every attempt. */
function withToken({ method, message, header, contextValues, context, progress }: Call, token: string): Call {
  const authorization = `Bearer ${token}`;
  return { method, message, header, authorization, contextValues, context, progress };
}

/** Only what the server said counts: a proxy's or a client's own error says nothing of the token. */
function isRejection(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.Unauthenticated && isFromServer(error);
}
