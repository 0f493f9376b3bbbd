import type { DescFile } from "@bufbuild/protobuf";
import { toCanonicalFiles } from "./canonical/canonical-form.ts";
import { hasUndefinedOptions } from "./canonical/descriptor-options.ts";
import { type Comments, readComments } from "./comments.ts";
import { CodegenError } from "./errors.ts";
import { resolveFiles } from "./files/resolve-files.ts";
import { readOpenApiComments } from "./openapi-comments.ts";
import { readPinnedApi } from "./sources/pin.ts";
import type { Report, Source } from "./sources/source.ts";
import { prune } from "./subset/prune.ts";
import type { Filter } from "./subset/selection.ts";

/** An API, complete and checked. */
export interface Api {
  /** The source with its exact version. */
  readonly description: string;
  /** In canonical form, with all that they import. */
  readonly files: readonly DescFile[];
  /** The documentation in the source's comments. */
  readonly comments: Comments;
  /** The documentation in OpenAPI annotations, used where there is no comment. */
  readonly openApiTexts: Comments;
  /** Whether the source has its own documentation, so that none is added from the pinned API. */
  readonly isDocumented: boolean;
  /** The patterns of the filter that match nothing. */
  readonly unmatched: readonly string[];
  /** What the user should know. */
  readonly notes: readonly string[];
}

/** Reads an API, or the part that a filter selects, from any kind of source. */
export async function readApi(source: Source, filter: Filter = {}, report: Report = () => {}): Promise<Api> {
  const {
    description,
    files,
    comments = new Map(),
    isDocumented = false,
    notes = [],
  } = await source.read(report);
  try {
    const { files: resolved, completed } = await resolveFiles(files, readKnownFiles);
    const own = resolved.flatMap((file) => [...readComments(file)]);
    return {
      description,
      ...prune(toCanonicalFiles(resolved, await readDefinitions(resolved)), filter),
      comments: new Map([...comments, ...own]),
      openApiTexts: new Map(resolved.flatMap((file) => [...readOpenApiComments(file)])),
      isDocumented,
      notes: [...notes, ...createNotes(completed)],
    };
  } catch (error) {
    if (!(error instanceof CodegenError)) throw error;
    throw new CodegenError(`${description}: ${error.message}`, { cause: error });
  }
}

/** The pinned API's files, if a source has options that it does not define. */
async function readDefinitions(files: readonly DescFile[]): Promise<readonly DescFile[]> {
  return hasUndefinedOptions(files) ? (await readPinnedApi()).files : [];
}

/** Notes which files of an API its source lacks. */
function createNotes(completed: readonly string[]): string[] {
  if (completed.length === 0) return [];
  const names = [...completed].sort().join(", ");
  return [`The source lacks files that it imports; this package's copies are used: ${names}.`];
}

async function readKnownFiles(): Promise<Map<string, DescFile["proto"]>> {
  return new Map((await readPinnedApi()).files.map(({ proto }) => [proto.name, proto]));
}
