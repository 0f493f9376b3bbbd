import { compressImage } from "../compression.ts";
import { documentedImage } from "../documented-image.ts";
import { encodeImage } from "../image.ts";
import { readApi } from "../read-api.ts";
import { apiOfPackage, type NpmPackage } from "../sources/npm.ts";
import type { Source } from "../sources/source.ts";

/** The image that gen/ is made from: everything that a package has, with the definitions of its annotations. */
export async function imageOfPackage(npmPackage: NpmPackage): Promise<Uint8Array<ArrayBuffer>> {
  const { files, comments } = await apiOfPackage(npmPackage);
  const found = {
    description: npmPackage.name,
    files: files.map(({ proto }) => proto),
    comments,
    isDocumented: true,
  };
  const source: Source = { spec: npmPackage.name, read: async () => found };
  return await documentedImage(await readApi(source, { include: ["*"] }));
}

/** The image that `pin` is read from: the API as its package has it, with its comments. */
export async function compressedSource(npmPackage: NpmPackage): Promise<Uint8Array> {
  const { files, comments } = await apiOfPackage(npmPackage);
  return await compressImage(encodeImage(files, comments));
}
