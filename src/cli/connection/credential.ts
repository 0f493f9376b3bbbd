import { authFromEnvironment } from "../../auth/auth-from-environment.ts";
import type { AuthMethod } from "../../auth/auth-method.ts";
import { clientCredentials } from "../../auth/client-credentials.ts";
import { personalAccessToken } from "../../auth/personal-access-token.ts";
import { privateKeyJwt } from "../../auth/private-key-jwt.ts";
import type { ScopeOptions } from "../../auth/token-endpoint/scopes.ts";
import type { CredentialPlace } from "./resolve.ts";

/** The method of a credential. Throws a TypeError where the file cannot be used. */
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

/** `authFromEnvironment()` takes no scopes; projects are for the context to add. */
function withScope(method: AuthMethod, { projectIds = [] }: ScopeOptions): AuthMethod {
  return (context) => method({ ...context, projectIds });
}
