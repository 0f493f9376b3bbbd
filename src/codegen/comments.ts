import { create, type DescFile } from "@bufbuild/protobuf";
import {
  type SourceCodeInfo,
  type SourceCodeInfo_Location,
  SourceCodeInfo_LocationSchema,
  SourceCodeInfoSchema,
} from "@bufbuild/protobuf/wkt";
import { listSymbols } from "./symbols.ts";

/** The documentation of a set of symbols, by `toSymbolKey()`: plain text. */
export type Comments = ReadonlyMap<string, string>;

/**
 * Source info for a file, made from its own comments and from others, by symbol. Generators and editors read
 * documentation from it. Spans are empty, since there is no source text. Comments about the file itself, such as its
 * license, are kept.
 */
export function toSourceInfo(file: DescFile, comments: Comments): SourceCodeInfo {
  const location = [...(filterFileComments(file.proto.sourceCodeInfo)?.location ?? [])];
  const own = readComments(file);
  for (const { key, path } of listSymbols(file)) {
    const text = own.get(key) ?? comments.get(key);
    if (text === undefined) continue;
    const leadingComments = toLeadingComment(text);
    location.push(create(SourceCodeInfo_LocationSchema, { path, span: [0, 0, 0], leadingComments }));
  }
  return create(SourceCodeInfoSchema, { location });
}

/** The comments in a file itself. */
export function readComments(file: DescFile): Map<string, string> {
  const texts = new Map<string, string>();
  for (const location of file.proto.sourceCodeInfo?.location ?? []) {
    const text = toText(location);
    if (text !== "") texts.set(String(location.path), text);
  }
  const comments = new Map<string, string>();
  if (texts.size === 0) return comments;
  for (const { key, path } of listSymbols(file)) {
    const text = texts.get(String(path));
    if (text !== undefined) comments.set(key, text);
  }
  return comments;
}

/** The comments about a file as a whole, such as its license: those at `syntax` and `package`. */
export function filterFileComments(info: SourceCodeInfo | undefined): SourceCodeInfo | undefined {
  const location = (info?.location ?? []).filter(isAboutFile);
  return location.length === 0 ? undefined : create(SourceCodeInfoSchema, { location });
}

/** Whether a comment is at one of these, by its field number. */
function isAboutFile({ path: [field, ...rest] }: SourceCodeInfo_Location): boolean {
  return rest.length === 0 && (field === 12 || field === 2);
}

function toText({ leadingComments, trailingComments }: SourceCodeInfo_Location): string {
  return [leadingComments, trailingComments]
    .map((comment) => comment.replace(/^ /gm, "").trim())
    .filter((comment) => comment !== "")
    .join("\n\n");
}

/** Adds the space after `//`, which compilers keep, and on which generators rely. */
function toLeadingComment(text: string): string {
  return `${text.replace(/^(?=.)/gm, " ")}\n`;
}
