import { posix } from "node:path";
import { CodegenError } from "../../errors.ts";
import type { ByteReader } from "./byte-reader.ts";
import { type Tree, TreeBuilder, type Wanted } from "./tree.ts";

/** Formats: POSIX.1-2017, "pax Interchange Format" and "ustar Interchange Format"; GNU's long names. */
const BLOCK = 512;
/** The most bytes of a long name or of attributes, which are kept in memory. */
const MAX_ATTRIBUTES = 1 << 20;
const DAMAGED = "it is a damaged tar archive";

interface Entry {
  readonly name: string;
  readonly size: number;
  /** A character; `0` means a file. */
  readonly type: string;
  readonly link: string;
}

/** Whether a block is the header of a tar archive, judging by its checksum. */
export function isTarHeader(block: Buffer): boolean {
  if (block.length < BLOCK) return false;
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
  return sum === readOctal(block, 148, 8);
}

/** Reads the wanted files of a tar archive. */
export async function readTar(reader: ByteReader, wanted: Wanted): Promise<Tree> {
  const builder = new TreeBuilder(wanted);
  const links: Entry[] = [];
  let attributes: Partial<Entry> = {};
  for (let block = await readHeader(reader); block !== undefined; block = await readHeader(reader)) {
    const entry = checkSize({ ...toEntry(block), ...attributes });
    const padding = (BLOCK - (entry.size % BLOCK)) % BLOCK;
    const own = await readAttributes(reader, entry, attributes);
    attributes = own ?? {};
    if (own === undefined) {
      if (isFile(entry) && builder.accepts(entry.name, entry.size)) {
        builder.add(entry.name, await reader.read(entry.size));
      } else {
        if (isLink(entry)) links.push(entry);
        await reader.skip(entry.size);
      }
    }
    await reader.skip(padding);
  }
  return resolveLinks(builder, links);
}

async function readHeader(reader: ByteReader): Promise<Buffer | undefined> {
  const block = await reader.peek(BLOCK);
  if (block.length === 0 || block.every((byte) => byte === 0)) return undefined;
  if (!isTarHeader(block)) throw new CodegenError(DAMAGED);
  return await reader.read(BLOCK);
}

function toEntry(block: Buffer): Entry {
  const prefix = block.toString("latin1", 257, 262) === "ustar" ? readText(block, 345, 155) : "";
  // The GNU format has times in the place of the prefix.
  const hasPrefix = prefix !== "" && block[263] === 0x30;
  const name = hasPrefix ? `${prefix}/${readText(block, 0, 100)}` : readText(block, 0, 100);
  const type = String.fromCharCode(block[156] || 0x30);
  return { name: normalize(name), size: readOctal(block, 124, 12), type, link: readText(block, 157, 100) };
}

function checkSize(entry: Entry): Entry {
  if (Number.isSafeInteger(entry.size) && entry.size >= 0) return entry;
  throw new CodegenError(DAMAGED);
}

/** Reads what an entry says about the next one; undefined if it is a normal entry. */
async function readAttributes(
  reader: ByteReader,
  { type, size }: Entry,
  before: Partial<Entry>,
): Promise<Partial<Entry> | undefined> {
  if (!"xgLK".includes(type)) return undefined;
  if (size > MAX_ATTRIBUTES) throw new CodegenError("it has names that are too long");
  const body = (await reader.read(size)).toString("utf8");
  const value = body.replace(/\0.*$/s, "");
  if (type === "L") return { ...before, name: normalize(value) };
  if (type === "K") return { ...before, link: value };
  return type === "g" ? before : { ...before, ...parsePaxAttributes(body) };
}

/** Parses records of the form `<length> <key>=<value>\n`. */
function parsePaxAttributes(body: string): Partial<Entry> {
  const records = new Map(
    [...body.matchAll(/^\d+ (\w+)=(.*)$/gm)].map(([, key = "", value = ""]) => [key, value]),
  );
  const [path, link, size] = ["path", "linkpath", "size"].map((key) => records.get(key));
  return {
    ...(path === undefined ? {} : { name: normalize(path) }),
    ...(link === undefined ? {} : { link }),
    ...(size === undefined ? {} : { size: Number(size) }),
  };
}

function isFile({ type, name }: Entry): boolean {
  return (type === "0" || type === "7") && !name.endsWith("/");
}

function isLink({ type }: Entry): boolean {
  return type === "1" || type === "2";
}

/** Resolves links to files in the archive; ignores all others. */
function resolveLinks(builder: TreeBuilder, links: readonly Entry[]): Tree {
  for (const { name, type, link } of links) {
    const target = normalize(type === "1" ? link : posix.join(posix.dirname(name), link));
    const bytes = builder.files.get(target);
    if (bytes !== undefined && builder.accepts(name, 0)) builder.add(name, bytes);
  }
  return builder.files;
}

function normalize(name: string): string {
  return name.replace(/^(\.\/)+/, "");
}

function readText(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end === -1 ? length : end);
}

/** Reads an octal number. Sizes of 8 GB and more are encoded differently, and are too large anyway. */
function readOctal(block: Buffer, start: number, length: number): number {
  if (((block[start] ?? 0) & 0x80) !== 0) return Number.MAX_SAFE_INTEGER;
  return Number.parseInt(readText(block, start, length).trim() || "0", 8);
}
