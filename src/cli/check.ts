import { compareSurfaces } from "../codegen/diff/compare.ts";
import { servicesAndTypes, surfaceOf } from "../codegen/diff/surface.ts";
import { outputDigest } from "../codegen/output.ts";
import { type Api, apiDigest, readApi } from "../codegen/read-api.ts";
import { lockSource } from "../codegen/sources/lock-file.ts";
import { ExitCode } from "./exit-code.ts";
import { readLock } from "./lock-file.ts";
import { UsageError } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** `generate --check`: whether code is current with its API. */
export async function check(
  api: Api,
  out: string,
  lockFile: string | undefined,
  terminal: Terminal,
): Promise<ExitCode> {
  const lock = readLock(lockFile);
  if (lock === undefined || lockFile === undefined) {
    throw new UsageError(
      "--check compares with zitadel-connect.lock.json, which is not there: generate first",
    );
  }
  if (lock.digest !== apiDigest(api)) {
    const what = await summaryOfChanges(api, lockFile);
    terminal.err(`The API of ${api.description} has changed since code was generated: ${what}.\n${REMEDY}`);
    return ExitCode.different;
  }
  // Whoever does not commit generated code has none to check.
  const output = outputDigest(out);
  if (output !== undefined && output !== lock.output) {
    terminal.err(`${out} is not what was generated from ${lock.description}.\n${REMEDY}`);
    return ExitCode.different;
  }
  terminal.out(`Up to date with ${api.description}.\n`);
  return ExitCode.ok;
}

const REMEDY = "npx zitadel-connect diff shows what changed, npx zitadel-connect generate generates anew.\n";

async function summaryOfChanges(api: Api, lockFile: string): Promise<string> {
  const locked = await readApi(lockSource("lock", lockFile));
  const [from, to] = [locked, api].map(({ files }) => surfaceOf(servicesAndTypes(files)));
  if (from === undefined || to === undefined) return "";
  const { added, deprecated, removed, changed } = compareSurfaces(from, to);
  const counts = Object.entries({ added, deprecated, removed, changed })
    .filter(([, list]) => list.length > 0)
    .map(([what, list]) => `${list.length} ${what}`);
  return counts.length === 0 ? "only in annotations" : counts.join(", ");
}
