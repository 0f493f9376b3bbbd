import { resolve } from "node:path";
import { resolveOrigin } from "../../client/origin.ts";
import { UsageError } from "../errors.ts";
import { findIdentity } from "../identity.ts";
import type { Terminal } from "../terminal.ts";
import { toAuthMethod } from "./credential.ts";
import type { LoginValues } from "./login-options.ts";
import { DEFAULT_PROFILE, findProfilesFile, isProfileName, type Profile, storeProfile } from "./profiles.ts";
import { type CredentialPlace, resolveConnection } from "./resolve.ts";

/** Checks a connection, and stores it as a profile. */
export async function logIn(given: LoginValues, terminal: Terminal): Promise<void> {
  const name = given.profile ?? DEFAULT_PROFILE;
  if (!isProfileName(name)) throw new UsageError("--profile: expected a name of letters, digits, -, _ and .");
  const { profile: _, ...values } = await complete(given, terminal);
  // The profile in use does not matter for the one to store.
  const { ZITADEL_PROFILE: __, ...env } = terminal.env;
  const own = { ...terminal, env };
  const connection = resolveConnection(values, own);
  resolveOrigin(connection.url, {}, connection.allowInsecureHttp ?? false);
  const place = toFields(connection.credential, own);
  toAuthMethod(connection.credential, env);
  if (values.verify !== false) {
    const { user, organization } = await findIdentity({ ...values, cache: false }, own);
    terminal.out(
      `Signed in as ${user.loginName} (${user.id}) of organization ${organization.name ?? organization.id}.\n`,
    );
  }
  const { url, instanceHost, ca, proxy, httpVersion, allowInsecureHttp } = connection;
  const profile: Profile = {
    url,
    organization: values.organization,
    ...place,
    ...{ instanceHost, ca, proxy, httpVersion, allowInsecureHttp },
  };
  storeProfile(name, profile, env);
  const use =
    name === DEFAULT_PROFILE
      ? "It is the default."
      : `Use it with --profile ${name}, or ZITADEL_PROFILE=${name}.`;
  terminal.out(`Stored the profile ${name} in ${findProfilesFile(env)}. ${use}\n`);
}

/** Asks for what is missing, if there is somebody at the terminal. */
async function complete(values: LoginValues, { env, ask }: Terminal): Promise<LoginValues> {
  if (ask === undefined) return values;
  const isNamed = Object.keys(values).some((name) =>
    /^(key-file|token-file|client-id|client-secret-file)$/.test(name),
  );
  const isInEnvironment = Object.keys(env).some((name) => /^ZITADEL_(KEY|CLIENT|SERVICE_USER)/.test(name));
  const url =
    values.url ?? env["ZITADEL_API_URL"] ?? (await ask("Where is Zitadel? (https://acme.zitadel.cloud) "));
  if (isNamed || isInEnvironment) return { ...values, url };
  const file = await ask("Where is the service user's key file? ");
  return { ...values, url, "key-file": file.trim() };
}

/** The paths of a credential's files: a profile stores nothing else of the credential. */
function toFields(place: CredentialPlace, { env, directory }: Terminal): Partial<Profile> {
  switch (place.kind) {
    case "key-file":
      return { keyFile: place.file };
    case "token-file":
      return { tokenFile: place.file };
    case "client-secret":
      return { clientId: place.clientId, clientSecretFile: place.file };
    case "environment": {
      const { ZITADEL_KEY_FILE: keyFile, ZITADEL_SERVICE_USER_TOKEN_FILE: tokenFile } = env;
      if (place.variables.includes("ZITADEL_KEY_FILE")) return { keyFile: resolve(directory, keyFile ?? "") };
      if (place.variables.includes("ZITADEL_SERVICE_USER_TOKEN_FILE")) {
        return { tokenFile: resolve(directory, tokenFile ?? "") };
      }
      throw new UsageError(
        `${place.variables.join(" and ")} is a credential itself, which a profile does not store: put it in a file, and give its path`,
      );
    }
  }
}
