import { compareSurfaces } from "../codegen/diff/compare.ts";
import { toSurface } from "../codegen/diff/surface.ts";
import { computeApiDigest, computeContentsDigest, findIdentifyingFiles } from "../codegen/identity.ts";
import { findChangedSettings, type Lock, type LockedSettings } from "../codegen/lock.ts";
import { computeOutputDigest } from "../codegen/output.ts";
import { type Api, readApi } from "../codegen/read-api.ts";
import { createLockSource } from "../codegen/sources/lock-file.ts";
import { UsageError } from "./errors.ts";
import { ExitCode } from "./exit-code.ts";
import { readLock } from "./lock-file.ts";
import type { Terminal } from "./terminal.ts";

/** What to check. */
export interface CheckOptions {
  readonly settings: LockedSettings;
  /** The source, as a lock names it. */
  readonly from: string;
  readonly out: string;
  readonly lockFile: string | undefined;
  /** Reads the API again. */
  read(): Promise<Api>;
}

/** `generate --check`: whether generated code is up to date with its configuration and its API. */
export async function check(options: CheckOptions, terminal: Terminal): Promise<ExitCode> {
  const lock = readLock(options.lockFile);
  if (lock === undefined || options.lockFile === undefined) {
    throw new UsageError(
      "--check compares with zitadel-connect.lock.json, which does not exist: run generate first",
    );
  }
  // The settings are compared without the API, which may be unreachable.
  const changed = findChangedSettings(lock.settings, options.settings);
  if (changed.length > 0) {
    return reportStale(
      terminal,
      `The configuration has changed since the code was generated: ${changed.join(", ")}`,
    );
  }
  const api = await options.read();
  const difference = await findDifference(api, lock, options.lockFile, options.from);
  if (difference !== undefined) {
    const what = `The API of ${api.description} has changed since the code was generated: ${difference}`;
    return reportStale(terminal, what, "npx zitadel-connect diff shows what changed, ");
  }
  // Generated code need not be committed: if there is none, there is nothing to check.
  const output = computeOutputDigest(options.out);
  if (output !== undefined && output !== lock.output) {
    return reportStale(terminal, `${options.out} is not what was generated from ${lock.description}`);
  }
  terminal.out(`Up to date with ${api.description}.\n`);
  return ExitCode.ok;
}

function reportStale(terminal: Terminal, problem: string, more = ""): ExitCode {
  terminal.err(`${problem}.\n${more}npx zitadel-connect generate updates it.\n`);
  return ExitCode.different;
}

async function findDifference(
  { files }: Api,
  lock: Lock,
  lockFile: string,
  from: string,
): Promise<string | undefined> {
  const isSame = computeApiDigest(files) === lock.digest;
  // Another kind of source may have more types, or fewer.
  if (isSame && from !== lock.from) return undefined;
  const locked = await readApi(createLockSource("lock", lockFile), { include: lock.settings.include });
  if (isSame) {
    return computeContentsDigest(locked.files) === computeContentsDigest(files)
      ? undefined
      : "types that no RPC needs";
  }
  const [before, after] = [locked.files, files].map((each) => toSurface(findIdentifyingFiles(each)));
  if (before === undefined || after === undefined) return undefined;
  const { added, deprecated, removed, changed } = compareSurfaces(before, after);
  const counts = Object.entries({ added, deprecated, removed, changed })
    .filter(([, list]) => list.length > 0)
    .map(([what, list]) => `${list.length} ${what}`);
  return counts.length === 0 ? "only annotations" : counts.join(", ");
}
