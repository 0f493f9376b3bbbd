import { CodegenError } from "../errors.ts";
import { type Api, readApi } from "../read-api.ts";
import { apiOfPackage, type NpmPackage } from "../sources/npm.ts";
import type { SourceFiles } from "../sources/source.ts";

/** Reads the API of an installed package. */
export async function installedApi(npmPackage: NpmPackage): Promise<Api> {
  const spec = `npm:${npmPackage.name}@${npmPackage.version}`;
  const { files, comments } = await apiOfPackage(npmPackage);
  if (files.length === 0) throw new CodegenError(`${spec} has no code that protoc-gen-es generated`);
  const found: SourceFiles = { description: spec, files: files.map(({ proto }) => proto), comments };
  return await readApi({ spec, read: async () => found });
}
