import { type EnvironmentWay, findEnvironmentWay } from "../auth/environment-ways.ts";
import type { ClientAuthentication } from "../auth/token-endpoint/client-authentication.ts";
import { invalidOption } from "../shared/invalid-option.ts";

/** The ways to authenticate for introspection, each with the variables that configure it. */
const WAYS: readonly EnvironmentWay<ClientAuthentication>[] = [
  {
    names: ["ZITADEL_INTROSPECTION_KEY_FILE"],
    make: ({ ZITADEL_INTROSPECTION_KEY_FILE: keyFile = "" }) => ({ keyFile }),
  },
  {
    names: ["ZITADEL_INTROSPECTION_KEY"],
    make: ({ ZITADEL_INTROSPECTION_KEY: key = "" }) => ({ key }),
  },
  {
    names: ["ZITADEL_INTROSPECTION_CLIENT_ID", "ZITADEL_INTROSPECTION_CLIENT_SECRET"],
    make: ({
      ZITADEL_INTROSPECTION_CLIENT_ID: clientId = "",
      ZITADEL_INTROSPECTION_CLIENT_SECRET: clientSecret = "",
    }) => ({ clientId, clientSecret }),
  },
];

/**
 * The introspection options in the environment; undefined if no variable is set. An empty variable counts as not set.
 */
export function introspectionFromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): ClientAuthentication | undefined {
  const { set, make, choices } = findEnvironmentWay(WAYS, env);
  if (set.length === 0) return undefined;
  if (make !== undefined) return make();
  throw invalidOption("the environment", `with ${set.join(", ")}`, `exactly one of ${choices}`);
}
