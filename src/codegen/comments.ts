import { create, type DescFile } from "@bufbuild/protobuf";
import {
  type SourceCodeInfo,
  type SourceCodeInfo_Location,
  SourceCodeInfo_LocationSchema,
  SourceCodeInfoSchema,
} from "@bufbuild/protobuf/wkt";
import { openApiComment } from "./openapi-comments.ts";
import { symbolsOf } from "./symbols.ts";

/** The documentation of a set of symbols, by `symbolKey()`: plain text. */
export type Comments = ReadonlyMap<string, string>;

/**
 * Source info for a file, made from comments known by symbol, and where there is none, from OpenAPI annotations.
 * Generators and editors read documentation from there. Spans are left empty: nothing here has a position in a
 * source text. What a file says of itself, such as its licence, stays.
 */
export function sourceInfoOf(file: DescFile, comments: Comments): SourceCodeInfo {
  const location = (file.proto.sourceCodeInfo?.location ?? []).filter(isAboutFile);
  for (const { key, path, annotated } of symbolsOf(file)) {
    const text = comments.get(key) ?? (annotated && openApiComment(annotated));
    if (text === undefined) continue;
    const leadingComments = asLeadingComment(text);
    location.push(create(SourceCodeInfo_LocationSchema, { path, span: [0, 0, 0], leadingComments }));
  }
  return create(SourceCodeInfoSchema, { location });
}

/** The comments that a file brings itself. */
export function commentsOf(file: DescFile): Map<string, string> {
  const texts = new Map<string, string>();
  for (const location of file.proto.sourceCodeInfo?.location ?? []) {
    const text = textOf(location);
    if (text !== "") texts.set(String(location.path), text);
  }
  const comments = new Map<string, string>();
  if (texts.size === 0) return comments;
  for (const { key, path } of symbolsOf(file)) {
    const text = texts.get(String(path));
    if (text !== undefined) comments.set(key, text);
  }
  return comments;
}

/** Comments without those that only repeat OpenAPI annotations, which another version of an API may have reworded. */
export function writtenComments(files: Iterable<DescFile>, comments: Comments): Comments {
  const written = new Map(comments);
  for (const file of files) {
    for (const { key, annotated } of symbolsOf(file)) {
      if (annotated !== undefined && written.get(key) === openApiComment(annotated)) written.delete(key);
    }
  }
  return written;
}

/** `syntax` and `package`, by their field numbers. */
function isAboutFile({ path: [field, ...rest] }: SourceCodeInfo_Location): boolean {
  return rest.length === 0 && (field === 12 || field === 2);
}

function textOf({ leadingComments, trailingComments }: SourceCodeInfo_Location): string {
  return [leadingComments, trailingComments]
    .map((comment) => comment.replace(/^ /gm, "").trim())
    .filter((comment) => comment !== "")
    .join("\n\n");
}

/** The compiler keeps the space that follows `//`, and generators count on it. */
function asLeadingComment(text: string): string {
  return `${text.replace(/^(?=.)/gm, " ")}\n`;
}
