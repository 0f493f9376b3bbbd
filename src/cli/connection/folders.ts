import { homedir } from "node:os";
import { join } from "node:path";

const NAME = "zitadel-connect";

/** The folder for configuration: in `XDG_CONFIG_HOME`, or else in the platform's usual place. */
export function findConfigFolder(env: NodeJS.ProcessEnv): string {
  return findFolder(env["XDG_CONFIG_HOME"], {
    darwin: ["Library", "Application Support"],
    win32: env["APPDATA"] ?? ["AppData", "Roaming"],
    other: [".config"],
  });
}

/** The folder for caches: in `XDG_CACHE_HOME`, or else in the platform's usual place. */
export function findCacheFolder(env: NodeJS.ProcessEnv): string {
  return findFolder(env["XDG_CACHE_HOME"], {
    darwin: ["Library", "Caches"],
    win32: env["LOCALAPPDATA"] ?? ["AppData", "Local"],
    other: [".cache"],
  });
}

type Place = string | readonly string[];

/** Finds a folder, by default in the user's home. An empty variable counts as not set (XDG Base Directory 0.8). */
function findFolder(
  variable: string | undefined,
  places: Readonly<Record<"darwin" | "win32" | "other", Place>>,
): string {
  if (variable !== undefined && variable !== "") return join(variable, NAME);
  const { platform } = process;
  const place = platform === "darwin" || platform === "win32" ? places[platform] : places.other;
  return typeof place === "string" ? join(place, NAME) : join(homedir(), ...place, NAME);
}
