import { resolve } from "node:path";
import { CodegenError } from "../errors.ts";
import { computeContentsDigest } from "../identity.ts";
import { readApi } from "../read-api.ts";
import { removeCredentials } from "../sources/credentials.ts";
import { createGitSource } from "../sources/files.ts";
import { withCheckout } from "../sources/git.ts";
import { findPackage, type NpmPackage, readPackageApi } from "../sources/npm.ts";
import type { Source } from "../sources/source.ts";
import { type Pin, parsePinnable, requirePinnedPackage } from "./pinned-package.ts";

/** A repository at a tag. */
export interface GitTag {
  readonly url: string;
  readonly tag: string;
  readonly subdir: string | undefined;
}

/** Parses a repository at a tag; undefined for any other source. A branch moves, so it cannot be pinned. */
export function parseGitTag(source: string): GitTag | undefined {
  const [, url, tag, subdir] = /^([^#]+)#tag=([\w./+-]+)(?:,subdir=([\w./-]+))?$/.exec(source) ?? [];
  return url === undefined || tag === undefined ? undefined : { url, tag, subdir };
}

/** The API that a pin names. Reading it throws if the API differs from the one that was pinned. */
export function createPinnedSource(pin: Pin, directory: string): Source {
  const git = parseGitTag(pin.source);
  if (git === undefined) return createPackageSource(() => requirePinnedPackage(pin, directory));
  const source = createCommitSource(pin.source, git, pin.commit, directory);
  return {
    spec: pin.source,
    async read(report) {
      const found = await source.read(report);
      const contents = await computeDigest({ ...source, read: async () => found });
      if (contents === pin.contents) return found;
      throw new CodegenError(
        `proto/source.json pins ${removeCredentials(pin.source)}, but the API there has another digest ` +
          `(${contents}, pinned ${pin.contents}).`,
      );
    },
  };
}

/** Pins a repository at the tag's current commit. */
export async function pinGitTag(source: string, git: GitTag, directory: string): Promise<Pin> {
  const name = removeCredentials(source);
  const revision = { tag: git.tag };
  const commit = await withCheckout({ url: locate(git, directory), name }, revision, async (at) => at.commit);
  const contents = await computeDigest(createCommitSource(source, git, commit, directory));
  return { source: name, commit, contents };
}

/** The API of an installed package. */
export function createPackageSource(find: () => NpmPackage): Source {
  return {
    spec: "npm",
    async read() {
      const found = find();
      const description = `npm:${found.name}@${found.version}`;
      const { files, comments } = await readPackageApi(found);
      if (files.length === 0)
        throw new CodegenError(`${description} has no code that protoc-gen-es generated`);
      return { description, files: files.map(({ proto }) => proto), comments };
    },
  };
}

function createCommitSource(
  spec: string,
  git: GitTag,
  commit: string | undefined,
  directory: string,
): Source {
  const { subdir } = git;
  return createGitSource({ spec, url: locate(git, directory) }, { commit }, { subdir }, async () => {
    // The third-party files that Zitadel's .proto files import. They cannot come from gen/, which is made from this
    // API.
    const installed = findPackage(IMPORTS, directory);
    if (installed === undefined) throw new CodegenError(`${IMPORTS} is not installed: run \`npm ci\``);
    return (await readPackageApi(installed)).files;
  });
}

const IMPORTS = "@zitadel/proto";

/** Resolves a repository that is a path, relative to the root of this one. */
function locate({ url }: GitTag, directory: string): string {
  return /^[a-z][a-z\d+.-]*:\/\/|^[\w.-]+@[\w.-]+:/i.test(url) ? url : resolve(directory, url);
}

async function computeDigest(source: Source): Promise<string> {
  return computeContentsDigest((await readApi(source, { include: ["*"] })).files);
}

/** Whether a source can be pinned. */
export function isPinnable(source: string): boolean {
  return parsePinnable(source) !== undefined || parseGitTag(source) !== undefined;
}
