import { createHash } from "node:crypto";
import type { DescFile } from "@bufbuild/protobuf";
import { type Comments, commentsOf } from "./comments.ts";
import { CodegenError } from "./errors.ts";
import { resolveFiles } from "./files/resolve-files.ts";
import { encodeBareImage } from "./image.ts";
import { pinnedApi } from "./sources/pin.ts";
import type { Report, Source } from "./sources/source.ts";
import { prune } from "./subset/prune.ts";
import type { Filter } from "./subset/selection.ts";

/** An API, complete and checked. */
export interface Api {
  /** The source with what makes it definite. */
  readonly description: string;
  /** With all that they import. */
  readonly files: readonly DescFile[];
  /** The documentation that the source has. */
  readonly comments: Comments;
  /** What the user should know. */
  readonly notes: readonly string[];
}

/** Reads an API, or the part of it that a filter leaves, whatever kind of source it is from. */
export async function readApi(source: Source, filter: Filter = {}, report: Report = () => {}): Promise<Api> {
  const { description, files, comments = new Map(), notes = [] } = await source.read(report);
  try {
    const resolved = await resolveFiles(files, knownFiles);
    const own = resolved.flatMap((file) => [...commentsOf(file)]);
    return { description, files: prune(resolved, filter), comments: new Map([...comments, ...own]), notes };
  } catch (error) {
    if (!(error instanceof CodegenError)) throw error;
    throw new CodegenError(`${description}: ${error.message}`, { cause: error });
  }
}

async function knownFiles(): Promise<Map<string, DescFile["proto"]>> {
  return new Map((await pinnedApi()).files.map(({ proto }) => [proto.name, proto]));
}

/** Names what an API is, apart from its documentation: `sha256-<base64>`. */
export function digestOf(bareImage: Uint8Array): string {
  return `sha256-${createHash("sha256").update(bareImage).digest("base64")}`;
}

/** {@link digestOf} of an API. */
export function apiDigest({ files }: Api): string {
  return digestOf(encodeBareImage(files));
}
