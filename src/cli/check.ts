import { compareSurfaces } from "../codegen/diff/compare.ts";
import { surfaceOf } from "../codegen/diff/surface.ts";
import { apiDigest, contentsDigest, identifyingFiles } from "../codegen/identity.ts";
import { changedSettings, type Lock, type LockedSettings } from "../codegen/lock.ts";
import { outputDigest } from "../codegen/output.ts";
import { type Api, readApi } from "../codegen/read-api.ts";
import { lockSource } from "../codegen/sources/lock-file.ts";
import { UsageError } from "./errors.ts";
import { ExitCode } from "./exit-code.ts";
import { readLock } from "./lock-file.ts";
import type { Terminal } from "./terminal.ts";

/** What there is to check. */
export interface CheckOptions {
  readonly settings: LockedSettings;
  /** The source, as a lock has it. */
  readonly from: string;
  readonly out: string;
  readonly lockFile: string | undefined;
  /** Reads the API anew. */
  read(): Promise<Api>;
}

/** `generate --check`: whether code is current with its configuration and its API. */
export async function check(options: CheckOptions, terminal: Terminal): Promise<ExitCode> {
  const lock = readLock(options.lockFile);
  if (lock === undefined || options.lockFile === undefined) {
    throw new UsageError(
      "--check compares with zitadel-connect.lock.json, which is not there: generate first",
    );
  }
  // What is wrong here is wrong without the API: it need not be at hand.
  const changed = changedSettings(lock.settings, options.settings);
  if (changed.length > 0) {
    return stale(terminal, `The configuration has changed since code was generated: ${changed.join(", ")}`);
  }
  const api = await options.read();
  const difference = await findDifference(api, lock, options.lockFile, options.from);
  if (difference !== undefined) {
    const what = `The API of ${api.description} has changed since code was generated: ${difference}`;
    return stale(terminal, what, "npx zitadel-connect diff shows what changed, ");
  }
  // Whoever does not commit generated code has none to check.
  const output = outputDigest(options.out);
  if (output !== undefined && output !== lock.output) {
    return stale(terminal, `${options.out} is not what was generated from ${lock.description}`);
  }
  terminal.out(`Up to date with ${api.description}.\n`);
  return ExitCode.ok;
}

function stale(terminal: Terminal, problem: string, more = ""): ExitCode {
  terminal.err(`${problem}.\n${more}npx zitadel-connect generate generates anew.\n`);
  return ExitCode.different;
}

async function findDifference(
  { files }: Api,
  lock: Lock,
  lockFile: string,
  from: string,
): Promise<string | undefined> {
  const isSame = apiDigest(files) === lock.digest;
  // Another kind of source may know of more types, or of fewer.
  if (isSame && from !== lock.from) return undefined;
  const locked = await readApi(lockSource("lock", lockFile), { include: lock.settings.include });
  if (isSame) {
    return contentsDigest(locked.files) === contentsDigest(files) ? undefined : "types that no RPC needs";
  }
  const [before, after] = [locked.files, files].map((each) => surfaceOf(identifyingFiles(each)));
  if (before === undefined || after === undefined) return undefined;
  const { added, deprecated, removed, changed } = compareSurfaces(before, after);
  const counts = Object.entries({ added, deprecated, removed, changed })
    .filter(([, list]) => list.length > 0)
    .map(([what, list]) => `${list.length} ${what}`);
  return counts.length === 0 ? "only annotations" : counts.join(", ");
}
