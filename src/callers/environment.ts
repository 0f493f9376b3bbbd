import type { ClientAuthentication } from "../auth/token-endpoint/client-authentication.ts";
import { invalidOption } from "../shared/invalid-option.ts";

type Values = Readonly<Record<string, string>>;

/** Each way to introspect with the variables that configure it. */
const WAYS: readonly { readonly names: readonly string[]; make(values: Values): ClientAuthentication }[] = [
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

/** What the environment says of introspection; nothing if no variable is set. An empty one counts as not set. */
export function introspectionFromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): ClientAuthentication | undefined {
  const values: Record<string, string> = {};
  for (const name of WAYS.flatMap(({ names }) => names)) {
    const value = env[name]?.trim() ?? "";
    if (value !== "") values[name] = value;
  }
  const set = Object.keys(values);
  if (set.length === 0) return undefined;
  const way = WAYS.find(({ names }) => names.join() === set.join());
  if (way !== undefined) return way.make(values);
  const choices = WAYS.map(({ names }) => names.join(" with ")).join(", ");
  throw invalidOption("the environment", `with ${set.join(", ")}`, `exactly one of ${choices}`);
}
