import { checkOptions } from "../shared/invalid-option.ts";
import type { AuthMethod } from "./auth-method.ts";
import { clientCredentials } from "./client-credentials.ts";
import { type EnvironmentWay, findEnvironmentWay } from "./environment-ways.ts";
import { personalAccessToken } from "./personal-access-token.ts";
import { privateKeyJwt } from "./private-key-jwt.ts";

/** Each method with the variables that configure it, in the order in which an error lists them. */
const METHODS: readonly EnvironmentWay<AuthMethod>[] = [
  { names: ["ZITADEL_KEY_FILE"], make: ({ ZITADEL_KEY_FILE: keyFile = "" }) => privateKeyJwt({ keyFile }) },
  { names: ["ZITADEL_KEY"], make: ({ ZITADEL_KEY: key = "" }) => privateKeyJwt({ key }) },
  {
    names: ["ZITADEL_CLIENT_ID", "ZITADEL_CLIENT_SECRET"],
    make: ({ ZITADEL_CLIENT_ID: clientId = "", ZITADEL_CLIENT_SECRET: clientSecret = "" }) =>
      clientCredentials({ clientId, clientSecret }),
  },
  {
    names: ["ZITADEL_SERVICE_USER_TOKEN"],
    make: ({ ZITADEL_SERVICE_USER_TOKEN: token = "" }) => personalAccessToken({ token }),
  },
  {
    names: ["ZITADEL_SERVICE_USER_TOKEN_FILE"],
    make: ({ ZITADEL_SERVICE_USER_TOKEN_FILE: tokenFile = "" }) => personalAccessToken({ tokenFile }),
  },
];

const CALLER = "authFromEnvironment()";

/** The variable of each option. */
const VARIABLES: Readonly<Record<string, string>> = {
  keyFile: "ZITADEL_KEY_FILE",
  key: "ZITADEL_KEY",
  clientId: "ZITADEL_CLIENT_ID",
  clientSecret: "ZITADEL_CLIENT_SECRET",
  token: "ZITADEL_SERVICE_USER_TOKEN",
  tokenFile: "ZITADEL_SERVICE_USER_TOKEN_FILE",
};

/**
 * The authentication method that environment variables configure; exactly one of these:
 *
 * - `ZITADEL_KEY_FILE`, the path of a key file, or `ZITADEL_KEY`, its content: {@link privateKeyJwt}
 * - `ZITADEL_CLIENT_ID` with `ZITADEL_CLIENT_SECRET`: {@link clientCredentials}
 * - `ZITADEL_SERVICE_USER_TOKEN`, a token, or `ZITADEL_SERVICE_USER_TOKEN_FILE`, the path of a file with one: {@link
 *   personalAccessToken}
 *
 * An empty variable counts as not set; surrounding whitespace is ignored.
 *
 * @param env Default: `process.env`.
 * @throws TypeError if none or more than one is configured, or a value is invalid. It names variables, never values.
 */
export function authFromEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): AuthMethod {
  const { set, make, choices } = findEnvironmentWay(METHODS, env);
  if (make !== undefined) return checkOptions(CALLER, make, VARIABLES);
  const seen = set.length === 0 ? "none of them" : set.join(", ");
  throw new TypeError(`${CALLER}: expected exactly one of ${choices}; set: ${seen}`);
}
