import { join, resolve } from "node:path";
import { findEnvironmentWay } from "../../auth/environment-ways.ts";
import { parseChoice } from "../command-line.ts";
import { UsageError } from "../errors.ts";
import type { Terminal } from "../terminal.ts";
import type { ConnectionValues } from "./connection-options.ts";
import { findCacheFolder } from "./folders.ts";
import { DEFAULT_PROFILE, findProfile, isProfileName, type Profile, readProfiles } from "./profiles.ts";

/** Where a credential is. */
export type CredentialPlace =
  | { readonly kind: "key-file"; readonly file: string }
  | { readonly kind: "token-file"; readonly file: string }
  | { readonly kind: "client-secret"; readonly clientId: string; readonly file: string }
  /** The variables of `authFromEnvironment()`. */
  | { readonly kind: "environment"; readonly variables: readonly string[] };

/** An instance, and how to reach it. */
export interface InstancePlace {
  readonly url: string;
  readonly instanceHost: string | undefined;
  /** The path of a file with certificate authorities. */
  readonly ca: string | undefined;
  readonly proxy: string | undefined;
  readonly httpVersion: "auto" | "1.1" | "2" | undefined;
  readonly allowInsecureHttp: boolean | undefined;
  /** Whether tokens and API descriptions are cached between commands. */
  readonly cache: boolean;
}

/** An instance, and the credential to call it with. */
export interface ResolvedConnection extends InstancePlace {
  readonly credential: CredentialPlace;
  /** Where the credential comes from, for messages: `--key-file`, `profile prod`, `ZITADEL_KEY_FILE`. */
  readonly source: string;
  /** The profile that is in use; undefined for options and the environment. */
  readonly profile: string | undefined;
  readonly organization: string | undefined;
}

/**
 * Finds the instance and the credential. Options come first, then the profile that `--profile` or `ZITADEL_PROFILE`
 * names, in which case the environment is ignored. Without such a profile, the environment counts, and last the profile
 * `default`. Throws a UsageError that says what is missing.
 */
export function resolveConnection(values: ConnectionValues, terminal: Terminal): ResolvedConnection {
  const place = findPlace(values, terminal);
  const instance = toInstance(values, place, terminal);
  if (instance === undefined) throw new UsageError(`Which instance? ${HOW_TO_SIGN_IN}`);
  const found = findCredential(values, place, terminal);
  if (found === undefined) throw new UsageError(`As whom? ${describeSeen(terminal.env)}${HOW_TO_SIGN_IN}`);
  return { ...instance, ...found, profile: place.name, organization: place.profile?.organization };
}

/** Finds only the instance, for commands that need no credential; undefined if none is given. */
export function resolveInstance(values: ConnectionValues, terminal: Terminal): InstancePlace | undefined {
  return toInstance(values, findPlace(values, terminal), terminal);
}

/** Finds only the credential; undefined unless exactly one is given. */
export function resolveCredential(values: ConnectionValues, terminal: Terminal): Credential | undefined {
  return findCredential(values, findPlace(values, terminal), terminal);
}

function findCredential(
  values: ConnectionValues,
  place: Place,
  { directory }: Terminal,
): Credential | undefined {
  return findOptionCredential(values, directory) ?? place.credential();
}

function toInstance(
  values: ConnectionValues,
  place: Place,
  { directory }: Terminal,
): InstancePlace | undefined {
  const url = toNonEmpty(values.url) ?? place.url;
  const { profile = {} } = place;
  if (url === undefined) return undefined;
  return {
    url,
    instanceHost: values["instance-host"] ?? profile.instanceHost,
    ca: values.ca === undefined ? profile.ca : resolve(directory, values.ca),
    proxy: values.proxy ?? profile.proxy,
    httpVersion: parseChoice(
      "http-version",
      ["auto", "1.1", "2"],
      values["http-version"] ?? profile.httpVersion,
    ),
    allowInsecureHttp: values["allow-insecure-http"] ?? profile.allowInsecureHttp,
    cache: values.cache !== false,
  };
}

/** The folder for the tokens of a profile, or for those obtained without a profile. */
export function findTokenFolder(env: NodeJS.ProcessEnv, profile: string | undefined): string {
  return join(findCacheFolder(env), "tokens", profile === undefined ? "environment" : `profile-${profile}`);
}

const HOW_TO_SIGN_IN =
  "Set ZITADEL_API_URL and ZITADEL_KEY_FILE (or another credential), give --url and --key-file, or store both " +
  "once with `zitadel-connect login`";

/** A credential, and where it comes from. */
export type Credential = Pick<ResolvedConnection, "credential" | "source">;

/** Where the url and the credential come from unless options give them. */
interface Place {
  /** The name of the profile; undefined for the environment. */
  readonly name: string | undefined;
  readonly url: string | undefined;
  readonly profile?: Partial<Profile> | undefined;
  credential(): Credential | undefined;
}

function findPlace(values: ConnectionValues, { env }: Terminal): Place {
  const name = values.profile ?? toNonEmpty(env["ZITADEL_PROFILE"]);
  if (name !== undefined) {
    if (!isProfileName(name))
      throw new UsageError("--profile: expected a name of letters, digits, -, _ and .");
    return toProfilePlace(name, findProfile(name, env));
  }
  const url = toNonEmpty(env["ZITADEL_API_URL"]);
  const { set, make } = findEnvironmentWay(WAYS, env);
  if (url === undefined && set.length === 0) {
    const standard = readProfiles(env).get(DEFAULT_PROFILE);
    if (standard !== undefined) return toProfilePlace(DEFAULT_PROFILE, standard);
  }
  return {
    name: undefined,
    url,
    credential: () =>
      make && { credential: { kind: "environment", variables: set }, source: set.join(" and ") },
  };
}

function toProfilePlace(name: string, profile: Profile): Place {
  return {
    name,
    url: profile.url,
    profile,
    credential() {
      const credential = toPlace(profile);
      return credential && { credential, source: `profile ${name}` };
    },
  };
}

function findOptionCredential(values: ConnectionValues, directory: string): Credential | undefined {
  const path = (name: "key-file" | "token-file" | "client-secret-file") => {
    const value = values[name];
    return value === undefined ? undefined : resolve(directory, value);
  };
  const given = (["key-file", "token-file", "client-id", "client-secret-file"] as const).filter(
    (name) => values[name] !== undefined,
  );
  if (given.length === 0) return undefined;
  const named = given.map((name) => `--${name}`).join(" and ");
  const credential = toPlace({
    keyFile: path("key-file"),
    tokenFile: path("token-file"),
    clientId: values["client-id"],
    clientSecretFile: path("client-secret-file"),
  });
  if (credential !== undefined) return { credential, source: named };
  throw new UsageError(
    `${named}: expected --key-file, or --token-file, or --client-id with --client-secret-file`,
  );
}

/** The credential that is set; undefined unless there is exactly one. */
function toPlace({
  keyFile,
  tokenFile,
  clientId,
  clientSecretFile,
}: Partial<Profile>): CredentialPlace | undefined {
  const places: CredentialPlace[] = [];
  if (keyFile !== undefined) places.push({ kind: "key-file", file: keyFile });
  if (tokenFile !== undefined) places.push({ kind: "token-file", file: tokenFile });
  if (clientId !== undefined && clientSecretFile !== undefined) {
    places.push({ kind: "client-secret", clientId, file: clientSecretFile });
  } else if (clientId !== undefined || clientSecretFile !== undefined) return undefined;
  return places.length === 1 ? places[0] : undefined;
}

/** The choices of `authFromEnvironment()`, without loading it. */
const WAYS = [
  ["ZITADEL_KEY_FILE"],
  ["ZITADEL_KEY"],
  ["ZITADEL_CLIENT_ID", "ZITADEL_CLIENT_SECRET"],
  ["ZITADEL_SERVICE_USER_TOKEN"],
  ["ZITADEL_SERVICE_USER_TOKEN_FILE"],
].map((names) => ({ names, make: () => true }));

function describeSeen(env: NodeJS.ProcessEnv): string {
  const { set, choices } = findEnvironmentWay(WAYS, env);
  if (set.length === 0) return "";
  return `The environment has ${set.join(", ")}; expected exactly one of ${choices}. `;
}

function toNonEmpty(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === "" ? undefined : trimmed;
}
