import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findNearest } from "../../shared/nearest.ts";
import { failureCode } from "../../shared/option-file.ts";
import { UsageError } from "../errors.ts";
import { findConfigFolder } from "./folders.ts";

/** How to reach an instance, and the paths of the credential's files; never the credential itself. */
export interface Profile {
  readonly url: string;
  readonly instanceHost?: string | undefined;
  readonly organization?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecretFile?: string | undefined;
  readonly ca?: string | undefined;
  readonly proxy?: string | undefined;
  readonly httpVersion?: string | undefined;
  readonly allowInsecureHttp?: boolean | undefined;
}

/** The profile that is used if no profile is named. */
export const DEFAULT_PROFILE = "default";

/** The file of the profiles. */
export function findProfilesFile(env: NodeJS.ProcessEnv): string {
  return join(findConfigFolder(env), "profiles.json");
}

/** All profiles, by name. */
export function readProfiles(env: NodeJS.ProcessEnv): ReadonlyMap<string, Profile> {
  const file = findProfilesFile(env);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (failureCode(error) === "ENOENT") return new Map();
    throw new UsageError(`${file} is not readable (${failureCode(error)})`);
  }
  try {
    const { profiles }: { profiles: Record<string, Profile> } = JSON.parse(text);
    return new Map(Object.entries(profiles));
  } catch {
    throw new UsageError(`${file} was not written by login: delete it, and log in again`);
  }
}

/** Finds a profile. Throws a UsageError with the nearest name. */
export function findProfile(name: string, env: NodeJS.ProcessEnv): Profile {
  const profiles = readProfiles(env);
  const profile = profiles.get(name);
  if (profile !== undefined) return profile;
  const names = [...profiles.keys()];
  const nearest = findNearest(name, names);
  const known = names.length === 0 ? "there are none" : `the profiles are: ${names.join(", ")}`;
  const remedy = nearest === undefined ? known : `did you mean ${nearest}?`;
  throw new UsageError(`There is no profile with that name; ${remedy} \`zitadel-connect login\` creates one`);
}

/** Stores a profile, replacing one with the same name. */
export function storeProfile(name: string, profile: Profile, env: NodeJS.ProcessEnv): void {
  writeProfiles(new Map([...readProfiles(env), [name, profile]]), env);
}

/** Removes a profile; returns whether it existed. */
export function removeProfile(name: string, env: NodeJS.ProcessEnv): boolean {
  const profiles = new Map(readProfiles(env));
  const existed = profiles.delete(name);
  if (existed) writeProfiles(profiles, env);
  return existed;
}

/** Whether a name is valid, also for a folder. */
export function isProfileName(name: string): boolean {
  return /^[a-z\d][\w.-]{0,31}$/i.test(name);
}

/** Replaces the file atomically, so that a reader never sees half of it. */
function writeProfiles(profiles: ReadonlyMap<string, Profile>, env: NodeJS.ProcessEnv): void {
  const file = findProfilesFile(env);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const written = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(written, `${JSON.stringify({ profiles: Object.fromEntries(profiles) }, null, 2)}\n`, {
      mode: 0o600,
    });
    chmodSync(written, 0o600);
    renameSync(written, file);
  } finally {
    rmSync(written, { force: true });
  }
}
