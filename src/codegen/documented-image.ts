import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-root.ts";
import { encodeImage } from "./image.ts";
import { findPeer, type Peer } from "./peers.ts";
import type { Api } from "./read-api.ts";
import { readPinnedApi } from "./sources/pin.ts";
import type { OutputFormat } from "./template.ts";

/**
 * The image to generate an API's code from. Its documentation comes from the source, or else from the pinned API, or
 * else from OpenAPI annotations.
 */
export async function createDocumentedImage(api: Api): Promise<Uint8Array<ArrayBuffer>> {
  const pinned = api.isDocumented ? [] : (await readPinnedApi()).comments;
  return encodeImage(api.files, new Map([...api.openApiTexts, ...pinned, ...api.comments]));
}

/** Identifies everything that generated code depends on: `sha256-<base64>`. */
export function computeInputsDigest(image: Uint8Array, format: OutputFormat): string {
  const versions = (["@bufbuild/buf", "@bufbuild/protoc-gen-es"] as const).map(readVersion);
  const own = parseVersion(join(packageRoot, "package.json"));
  const hash = createHash("sha256").update(JSON.stringify([format, own, ...versions]));
  return `sha256-${hash.update(image).digest("base64")}`;
}

function readVersion(peer: Peer): string {
  return parseVersion(join(findPeer(peer), "package.json"));
}

function parseVersion(manifest: string): string {
  const { version }: { version: string } = JSON.parse(readFileSync(manifest, "utf8"));
  return version;
}
