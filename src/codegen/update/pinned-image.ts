import { compressImage } from "../compression.ts";
import { createDocumentedImage } from "../documented-image.ts";
import { resolveFiles } from "../files/resolve-files.ts";
import { encodeImage } from "../image.ts";
import { readApi } from "../read-api.ts";
import type { NpmPackage } from "../sources/npm.ts";
import type { Source } from "../sources/source.ts";
import { createPackageSource } from "./pinned-source.ts";

/** Encodes the image that gen/ is made from: everything in a source, including the definitions of its annotations. */
export async function encodeSource(source: Source): Promise<Uint8Array<ArrayBuffer>> {
  const documented: Source = {
    spec: source.spec,
    read: async (report) => ({ ...(await source.read(report)), isDocumented: true }),
  };
  return await createDocumentedImage(await readApi(documented, { include: ["*"] }));
}

/** Encodes the same image from an installed package. */
export async function encodePackage(npmPackage: NpmPackage): Promise<Uint8Array<ArrayBuffer>> {
  return await encodeSource(createPackageSource(() => npmPackage));
}

/** Compresses the image that `pin` is read from: the API as it is in its source, with comments. */
export async function compressSource(source: Source): Promise<Uint8Array> {
  const { files, comments = new Map() } = await source.read(() => {});
  const resolved = await resolveFiles(files, async () => new Map());
  return await compressImage(encodeImage(resolved.files, comments));
}
