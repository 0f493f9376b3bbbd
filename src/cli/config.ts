import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { packageRoot } from "../package-root.ts";
import { findProblems, type JsonSchema } from "../shared/json-schema.ts";
import { readOptionFile } from "../shared/option-file.ts";
import { UsageError } from "./errors.ts";

/** The name of the configuration file, in the working directory. */
export const CONFIG_FILE = "zitadel-connect.json";

/** The content of zitadel-connect.json; zitadel-connect.schema.json documents it. */
export interface Config {
  readonly from?: string;
  readonly out?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly target?: "js" | "ts";
  readonly importExtension?: "js" | "ts" | "none";
  readonly instanceHost?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly proxy?: string;
  readonly timeoutMs?: number;
}

/** A configuration, and its directory, which its paths are relative to. */
export interface LoadedConfig {
  readonly config: Config;
  readonly directory: string;
  /** Absent if there is no configuration file. */
  readonly file?: string | undefined;
}

/** Reads the configuration that `option` names, or else the one in the directory, if any. */
export function loadConfig(option: string | undefined, directory: string): LoadedConfig {
  const file = resolve(directory, option ?? CONFIG_FILE);
  if (!existsSync(file)) {
    if (option !== undefined) readOptionFile({ option: "--config", path: option, directory });
    return { config: {}, directory };
  }
  const config = parse(readFileSync(file, "utf8"), file);
  const problems = findProblems(config, readSchema());
  if (problems.length > 0) throw new UsageError(`${file}: ${problems.join("; ")}`);
  return { config: config as Config, directory: dirname(file), file };
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The rest of the message quotes part of the file.
    const [where = ""] = /\bat position \d+( \(line \d+ column \d+\))?/.exec(String(error)) ?? [];
    throw new UsageError(`${file} is not JSON ${where}`.trimEnd());
  }
}

function readSchema(): JsonSchema {
  return JSON.parse(readFileSync(join(packageRoot, "zitadel-connect.schema.json"), "utf8"));
}
