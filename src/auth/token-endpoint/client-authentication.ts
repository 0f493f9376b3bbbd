import { systemClock } from "../../shared/clock.ts";
import { invalidOption, requireString } from "../../shared/invalid-option.ts";
import type { AuthContext } from "../auth-method.ts";
import type { ClientSecretOptions } from "../client-credentials.ts";
import type { Credential } from "../credential/credential.ts";
import { credentialOption } from "../credential/credential-option.ts";
import { type ApplicationKey, parseApplicationKey, warnOfExpiry } from "../credential/key-file.ts";
import { parseSecret } from "../credential/secret-format.ts";
import { signAsOwner } from "./assertion.ts";
import type { AuthorizationServer, PreparedRequest } from "./authorization-server.ts";
import type { Hints } from "./response-error.ts";
import type { TokenParameters } from "./token-request.ts";
import { basicAuthorization } from "./token-request.ts";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** How an application authenticates: with its secret, or with the key of a private key JWT application. */
export type ClientAuthentication =
  | (ClientSecretOptions & {
      /** The client id, which Zitadel shows with the secret. */
      readonly clientId: string;
    })
  | {
      /** The path of an application's key file. It is read when the option is checked, and again when it has changed. */
      readonly keyFile: string;
      readonly key?: undefined;
    }
  | {
      /** The content of an application's key file, or a function that returns it or a promise of it. */
      readonly key:
        | string
        | ApplicationKey
        | (() => string | ApplicationKey | Promise<string | ApplicationKey>);
      readonly keyFile?: undefined;
    };

/** Prepares requests on behalf of an application. `reload` reloads the credential, even if it has just been loaded. */
export type PrepareAsClient = (parameters: TokenParameters, reload?: boolean) => Promise<PreparedRequest>;

/** A checked application, not yet bound to a client of this package. */
export type BindClient = (context: AuthContext, server: ServerUse) => PrepareAsClient;

/** The server that requests are sent to. */
interface ServerUse {
  readonly server: AuthorizationServer;
  /** How long a loaded credential is reused, in milliseconds. Default: 0, each request loads it. */
  readonly reuseMs?: number | undefined;
}

/**
 * Checks how an application authenticates. `option` is the name of the option; `makeHints` gets a description of the
 * application for its hints.
 */
export function clientAuthentication(
  client: ClientAuthentication,
  option: string,
  makeHints: (client: string) => Hints,
): BindClient {
  if ("clientId" in client) return bySecret(client, option, makeHints);
  if ("clientSecret" in client || "clientSecretFile" in client) {
    throw invalidOption(
      `${option}.clientId`,
      "undefined",
      "the client id, which Zitadel shows with the secret",
    );
  }
  return byKey(client, makeHints);
}

function bySecret(
  client: Extract<ClientAuthentication, { readonly clientId: string }>,
  option: string,
  makeHints: (client: string) => Hints,
): BindClient {
  const { clientId } = client;
  requireString(`${option}.clientId`, clientId);
  const bindSecret = credentialOption(client, "clientSecretFile", "clientSecret", parseSecret);
  const hints = makeHints(`the client ${JSON.stringify(clientId)}`);
  return (context, { reuseMs }) => {
    const load = reuse(bindSecret(context), context, reuseMs);
    return async (parameters, reload) => {
      const secret = await load(reload);
      const request = { parameters, ...basicAuthorization(clientId, secret), hints };
      return { credentialId: secret, secret, makeRequest: () => request };
    };
  };
}

/** A client that signs an assertion instead of sending a secret (RFC 7523 section 2.2). */
function byKey(client: object, makeHints: (client: string) => Hints): BindClient {
  const bindKey = credentialOption(client, "keyFile", "key", parseApplicationKey);
  return (context, { server, reuseMs }) => {
    const load = reuse(bindKey(context), context, reuseMs);
    return async (parameters, reload) => {
      const key = await load(reload);
      warnOfExpiry(key, server.clock.now(), context.onEvent);
      const hints = makeHints(`the client ${key.subject} (key ${key.keyId})`);
      return {
        credentialId: key.keyId,
        secret: key.privateKey,
        makeRequest: async (audience, now) => ({
          parameters: {
            ...parameters,
            client_assertion_type: ASSERTION_TYPE,
            client_assertion: await signAsOwner(key, audience, now),
          },
          hints,
        }),
      };
    };
  };
}

/** Loads a credential, or returns the one that was loaded less than `reuseMs` milliseconds ago. */
function reuse<T>(
  credential: Credential<T>,
  { clock = systemClock }: AuthContext,
  reuseMs = 0,
): (reload?: boolean) => Promise<T> {
  let last: { readonly value: Promise<T>; readonly until: number } | undefined;
  return async (reload = false) => {
    const now = clock.monotonic();
    if (last === undefined || reload || now >= last.until) {
      last = { value: credential.load(), until: now + reuseMs };
    }
    try {
      return await last.value;
    } catch (error) {
      last = undefined;
      throw error;
    }
  };
}
