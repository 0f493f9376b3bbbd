import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatApiRecord } from "../api-record.ts";
import { type ApiDiff, diffApis } from "../diff/diff.ts";
import { CodegenError } from "../errors.ts";
import { readApi } from "../read-api.ts";
import { removeCredentials } from "../sources/credentials.ts";
import { findPackage, type NpmPackage } from "../sources/npm.ts";
import { findLockedIntegrity, type Pin, parsePinnable, readPin, writePin } from "./pinned-package.ts";
import { createPinnedSource, isPinnable, parseGitTag, pinGitTag } from "./pinned-source.ts";
import { type RunNpm, runNpm } from "./run-npm.ts";

export interface UpdateApiOptions {
  /** The root of this repository. */
  readonly directory: string;
  /** What to pin: `npm:<package>@<version>`, or `<url>#tag=<tag>,subdir=<directory>`. */
  readonly source: string;
  /** Default: the npm client. */
  readonly npm?: RunNpm | undefined;
}

/**
 * Moves the pin to another version of the API, with everything made from it, and reports the differences. If the
 * version is already pinned, nothing is installed, and nothing else changes.
 *
 * @throws CodegenError if the source cannot be pinned; proto/source.json is then unchanged
 */
export async function updateApi({ directory, source, npm = runNpm }: UpdateApiOptions): Promise<ApiDiff> {
  checkPinnable(source);
  const pin = readPin(directory);
  const before = await readApi(createPinnedSource(pin, directory));
  const next = source === pin.source ? pin : await createPin(source, pin, directory, npm);
  const after = next === pin ? before : await readApi(createPinnedSource(next, directory));
  writePin(directory, next);
  writeFileSync(join(directory, "proto/api.tsv"), formatApiRecord(after.files));
  // In new processes, since this one has loaded the previous version.
  await npm(["run", "generate"], directory);
  await npm(["run", "record-secret-fields"], directory);
  return await diffApis(before, after);
}

function checkPinnable(source: string): void {
  if (isPinnable(source)) return;
  throw new CodegenError(
    `"${removeCredentials(source)}" cannot be pinned: a pin is one exact version of a package, whose integrity npm ` +
      "checks at every installation, or a repository at a tag. Give npm:<package>@<version>, such as " +
      "npm:@zitadel/proto@1.3.1, or <url>#tag=<tag>,subdir=<directory>",
  );
}

async function createPin(source: string, before: Pin, directory: string, npm: RunNpm): Promise<Pin> {
  const git = parseGitTag(source);
  // The package stays installed: it has the third-party files that Zitadel's .proto files import.
  if (git !== undefined) return await pinGitTag(source, git, directory);
  const wanted = parsePinnable(source);
  if (wanted === undefined) throw new CodegenError(`${source} is not a package`);
  await install(wanted, directory, npm);
  const { name, contents } = requireInstalledPackage(wanted, directory);
  const integrity = findLockedIntegrity(name, directory);
  if (integrity === undefined) throw new CodegenError(`package-lock.json has no integrity of ${name}`);
  await removeOther(before, name, directory, npm);
  return { source, integrity, contents };
}

type Wanted = NonNullable<ReturnType<typeof parsePinnable>>;

async function install({ name, version }: Wanted, directory: string, npm: RunNpm): Promise<void> {
  await npm(["install", "--save-dev", "--save-exact", `${name}@${version}`], directory);
}

function requireInstalledPackage({ name, version }: Wanted, directory: string): NpmPackage {
  const found = findPackage(name, directory);
  if (found?.version === version) return found;
  throw new CodegenError(
    `npm should have installed ${name}@${version}, but ${found?.version ?? "nothing"} is there`,
  );
}

/** A package with another name replaces the previous one. */
async function removeOther(before: Pin, name: string, directory: string, npm: RunNpm): Promise<void> {
  const other = parsePinnable(before.source)?.name;
  if (other !== undefined && other !== name) await npm(["uninstall", other], directory);
}
