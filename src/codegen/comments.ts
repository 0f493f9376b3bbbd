import { create, type DescFile } from "@bufbuild/protobuf";
import {
  type SourceCodeInfo,
  type SourceCodeInfo_Location,
  SourceCodeInfo_LocationSchema,
  SourceCodeInfoSchema,
} from "@bufbuild/protobuf/wkt";
import { symbolsOf } from "./symbols.ts";

/** The documentation of a set of symbols, by `symbolKey()`: plain text. */
export type Comments = ReadonlyMap<string, string>;

/**
 * Source info for a file, made from its own comments and others known by symbol. Generators and editors read
 * documentation from there. Spans are left empty: nothing here has a position in a source text. What a file says of itself,
 * such as its licence, stays.
 */
export function sourceInfoOf(file: DescFile, comments: Comments): SourceCodeInfo {
  const location = [...(sourceInfoAboutFile(file.proto.sourceCodeInfo)?.location ?? [])];
  const own = commentsOf(file);
  for (const { key, path } of symbolsOf(file)) {
    const text = own.get(key) ?? comments.get(key);
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

/** What source info says of a file as a whole, such as its licence: the comments at `syntax` and `package`. */
export function sourceInfoAboutFile(info: SourceCodeInfo | undefined): SourceCodeInfo | undefined {
  const location = (info?.location ?? []).filter(isAboutFile);
  return location.length === 0 ? undefined : create(SourceCodeInfoSchema, { location });
}

/** By their field numbers. */
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
