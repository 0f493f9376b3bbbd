import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodegenError } from "../errors.ts";
import { type Api, readApi } from "../read-api.ts";
import { apiOfPackage, type NpmPackage } from "../sources/npm.ts";
import { linkProtobuf } from "../sources/npm-pack.ts";
import type { SourceFiles } from "../sources/source.ts";

/**
 * Reads the API of an installed package from a copy: a module is loaded only once from one path, and another version is
 * about to be installed at this one.
 */
export async function installedApi(npmPackage: NpmPackage): Promise<Api> {
  const work = await mkdtemp(join(tmpdir(), "zitadel-connect-installed-"));
  try {
    const directory = join(work, "package");
    await cp(npmPackage.directory, directory, { recursive: true });
    linkProtobuf(work);
    return await read({ ...npmPackage, directory });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function read(npmPackage: NpmPackage): Promise<Api> {
  const spec = `npm:${npmPackage.name}@${npmPackage.version}`;
  const { files, comments } = await apiOfPackage(npmPackage);
  if (files.length === 0) throw new CodegenError(`${spec} has no code that protoc-gen-es generated`);
  const found: SourceFiles = { description: spec, files: files.map(({ proto }) => proto), comments };
  return await readApi({ spec, read: async () => found });
}
