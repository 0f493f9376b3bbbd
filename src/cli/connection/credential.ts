import { authFromEnvironment } from "../../auth/auth-from-environment.ts";
import type { AuthMethod } from "../../auth/auth-method.ts";
import { clientCredentials } from "../../auth/client-credentials.ts";
import { personalAccessToken } from "../../auth/personal-access-token.ts";
import { privateKeyJwt } from "../../auth/private-key-jwt.ts";
import type { ScopeOptions } from "../../auth/token-endpoint/scopes.ts";
import { UsageError } from "../errors.ts";
import type { CredentialPlace } from "./resolve.ts";

/** The auth method of a credential. Throws a TypeError if the file cannot be used. */
export function toAuthMethod(
  place: CredentialPlace,
  env: NodeJS.ProcessEnv,
  scope: ScopeOptions = {},
): AuthMethod {
  switch (place.kind) {
    case "key-file":
      return privateKeyJwt({ keyFile: place.file, ...scope });
    case "token-file":
      return personalAccessToken({ tokenFile: place.file });
    case "client-secret":
      return clientCredentials({ clientId: place.clientId, clientSecretFile: place.file, ...scope });
    case "environment":
      return withScope(authFromEnvironment(env), scope);
  }
}

/** `authFromEnvironment()` does not accept scopes; its methods take projects from their context. */
function withScope(method: AuthMethod, { projectIds = [], scopes = [] }: ScopeOptions): AuthMethod {
  if (scopes.length > 0) {
    throw new UsageError(
      "--scope needs --key-file, --client-id or a profile; it does not work with a credential from the environment",
    );
  }
  return (context) => method({ ...context, projectIds });
}
