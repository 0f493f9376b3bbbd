import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import type { TokenSource } from "../../auth/token-source.ts";
import { methodTraits } from "../../descriptor/method-traits.ts";
import { isFromServer } from "../../errors/is-from-server.ts";
import { toAuthenticationError } from "../../errors/to-zitadel-error.ts";

/**
 * Sends the current access token with each call that needs one. When the server rejects it, the call is replayed
 * once, with another token: a server that merely could not look the token up, or has revoked it, gets a second
 * chance, and a wrong audience, which looks the same, cannot make a loop.
 */
export function authentication(tokens: TokenSource): Interceptor {
  return (next) => async (request) => {
    if (!methodTraits(request.method).authenticated || request.header.has("authorization")) {
      return await next(request);
    }
    const token = await authorize(request, tokens);
    try {
      return await next(request);
    } catch (error) {
      if (!isRejection(error) || (await authorize(request, tokens, token)) === token) throw error;
      return await next(request);
    }
  };
}

/** Puts the current token on a request; not the one that was `rejected`, if there is another. */
async function authorize(request: AnyRequest, tokens: TokenSource, rejected?: string): Promise<string> {
  const { header, method, signal } = request;
  try {
    const { token } = await tokens.getToken({ signal, rejected });
    header.set("authorization", `Bearer ${token}`);
    return token;
  } catch (error) {
    throw signal.aborted ? error : toAuthenticationError(error, method);
  }
}

type AnyRequest = Parameters<ReturnType<Interceptor>>[0];

/** Only what the server said counts: a proxy's or a client's own error says nothing of the token. */
function isRejection(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.Unauthenticated && isFromServer(error);
}
