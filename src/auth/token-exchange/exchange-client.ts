import { requireKnown, requireString } from "../../shared/invalid-option.ts";
import type { AuthContext } from "../auth-method.ts";
import type { FetchTokenOptions } from "../cache/cached-token-source.ts";
import { AuthorizationServer } from "../token-endpoint/authorization-server.ts";
import { type ClientAuthentication, clientAuthentication } from "../token-endpoint/client-authentication.ts";
import type { TokenParameters } from "../token-endpoint/token-request.ts";
import type { AccessToken } from "../token-source.ts";
import { exchangeHints } from "./exchange-hints.ts";

/** The project of the application that exchanges. */
export interface ClientProject {
  /**
   * The id of the project that the application belongs to. The actor then requests its token with it as an audience,
   * without which the exchange refuses it. Default: none, which does for an actor with a personal access token.
   */
  readonly projectId?: string | undefined;
}

/** The application that exchanges: by client id and secret, or by the key of a private key JWT application. */
export type ExchangeClient = ClientProject & ClientAuthentication;

/** Requests a token as the application. */
export type RequestAsClient = (
  parameters: TokenParameters,
  options: Pick<FetchTokenOptions, "signal" | "current">,
) => Promise<AccessToken>;

/** The application, checked and not yet bound to a client of this package. */
export type BindExchangeClient = (context: AuthContext) => {
  readonly projectId: string | undefined;
  readonly request: RequestAsClient;
};

/** Checks the option `client`. */
export function clientOption(client: ExchangeClient, issuer: string | undefined): BindExchangeClient {
  requireKnown("client", client, KNOWN);
  const { projectId } = client;
  if (projectId !== undefined) requireString("client.projectId", projectId);
  const bind = clientAuthentication(client, "client", exchangeHints);
  return (context) => {
    const server = new AuthorizationServer(context, issuer);
    const prepare = bind(context, { server });
    return {
      projectId,
      request: async (parameters, { signal, current }) =>
        server.requestToken({ ...(await prepare(parameters)), parameters, current, signal }),
    };
  };
}

const KNOWN: Record<ExchangeClient extends infer C ? (C extends unknown ? keyof C : never) : never, true> = {
  clientId: true,
  clientSecret: true,
  clientSecretFile: true,
  keyFile: true,
  key: true,
  projectId: true,
};
