import { Code, ConnectError } from "@connectrpc/connect";
import type { TokenSource } from "../auth/token-source.ts";
import { methodTraits } from "../descriptor/method-traits.ts";
import { isFromServer } from "../errors/is-from-server.ts";
import { toAuthenticationError } from "../errors/to-zitadel-error.ts";
import type { Call, CallFn } from "../transport/call.ts";

/**
 * Sends the current access token with each call that needs one. When the server rejects it, the call is replayed
 * once, with another token: a server that merely could not look the token up, or has revoked it, gets a second
 * chance, and a wrong audience, which looks the same, cannot make a loop.
 */
export function withAuthentication(next: CallFn, tokens: TokenSource): CallFn {
  return async (call) => {
    if (!methodTraits(call.method).authenticated || call.header?.has("authorization")) {
      return await next(call);
    }
    let token: string;
    try {
      ({ token } = await tokens.getToken({ signal: call.context.signal }));
    } catch (error) {
      throw tokenError(error, call);
    }
    try {
      return await next(withToken(call, token));
    } catch (error) {
      const another = isRejection(error) ? await successor(token, call, tokens) : token;
      if (another === token) throw error;
      return await next(withToken(call, another));
    }
  };
}

/** The token to use instead of one that the server rejected; the same if there is no other. */
async function successor(rejected: string, call: Call, tokens: TokenSource): Promise<string> {
  try {
    return (await tokens.getToken({ signal: call.context.signal, rejected })).token;
  } catch (error) {
    throw tokenError(error, call);
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
