import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isPossibleHost } from "../../shared/describe.ts";
import { CodegenError } from "../errors.ts";
import { showSource } from "./credentials.ts";
import { download } from "./download.ts";
import { createDirectorySource, createFileSource, createGitSource, type Part } from "./files.ts";
import { createLockSource } from "./lock-file.ts";
import { createNpmSource } from "./npm.ts";
import { listExpectedSymbols, pinSource, readPinnedApi } from "./pin.ts";
import { createInstanceSource, type InstanceOptions } from "./reflection/instance.ts";
import type { Source } from "./source.ts";
import type { Known } from "./tree-source.ts";

export interface ParseSourceOptions {
  /** The directory that paths and installed packages are relative to. */
  readonly directory: string;
  /** For sources that are live instances. */
  readonly instance?: InstanceOptions | undefined;
}

/** The forms of a source, for the help of commands. */
export const SOURCE_FORMS = `\
https://acme.zitadel.cloud             a live instance, by gRPC reflection, without a login
npm:@zitadel/proto@1.3.1               a package of generated code; also a range or a tag
https://host/repo.git#tag=v4.0.0,subdir=proto
                                       a git repository at a tag, branch, commit or ref
https://host/api.tar.gz, api.zip       an archive of .proto files, or of an npm package
./proto                                a directory of .proto files, or a Buf workspace
api.binpb, api.json, api.desc          an image, as buf build and protoc write it; also compressed
pin                                    the API that this package is built for
lock                                   the API that zitadel-connect.lock.json holds`;

/** The lock file's name, next to zitadel-connect.json. */
export const LOCK_FILE = "zitadel-connect.lock.json";

const NPM = /^npm:((?:@[\w.-]+\/)?[\w.-]+)(?:@([\w.+^~<>=|*-][\w.+^~<>=|* -]*))?$/;
const FILE_NAME = /\.(binpb|bin|pb|desc|protoset|json|txtpb|yaml|zip|tar|tgz)(\.gz|\.zst)?$|\.tar\.(gz|zst)$/;
const HOST = /^(localhost|[a-z\d-]+(\.[a-z\d-]+)+|\[[\da-f:]+\])(:\d+)?\/?$/i;

/** Whether a text looks like a host without a scheme, rather than a missing file. */
function isHost(spec: string): boolean {
  return HOST.test(spec) && (/:\d+\/?$/.test(spec) || !FILE_NAME.test(spec));
}

/** Parses a source. Throws a CodegenError if it has none of the forms. */
export function parseSource(spec: string, { directory, instance = {} }: ParseSourceOptions): Source {
  if (spec === "pin") return pinSource;
  if (spec === "lock") return createLockSource(spec, join(directory, LOCK_FILE));
  if (spec.startsWith("npm:")) return parseNpm(spec, directory);
  const parsed = parseSpec(spec);
  const { location } = parsed;
  if (isRepository(parsed)) return parseGit(parsed, directory);
  if (/^file:/i.test(location)) return parsePath(parsed, toPath(parsed));
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(location)) return parseUrl(parsed, instance);
  return parsePath(parsed, resolve(directory, location));
}

const HINT = "a source is one of the forms that --help shows";

/** The parts of a source. */
interface ParsedSpec {
  readonly spec: string;
  /** The source as shown in messages. */
  readonly shown: string;
  readonly location: string;
  /** What follows `#`, such as `tag=v1,subdir=proto`. */
  readonly options: ReadonlyMap<string, string>;
}

const GIT_OPTIONS = ["branch", "tag", "commit", "ref", "depth"] as const;
const PART_OPTIONS = ["subdir", "strip_components", "format"] as const;

function parseSpec(spec: string): ParsedSpec {
  const [location = "", ...rest] = spec.split("#");
  const shown = showSource(spec);
  const pairs = rest
    .join("#")
    .split(",")
    .filter((pair) => pair !== "");
  const options = new Map(pairs.map((pair) => [pair.replace(/=.*$/s, ""), pair.replace(/^[^=]*=?/, "")]));
  const known: readonly string[] = [...GIT_OPTIONS, ...PART_OPTIONS];
  for (const [name, value] of options) {
    if (known.includes(name) && value !== "") continue;
    throw new CodegenError(`${shown}: expected name=value after #, where name is one of ${known.join(", ")}`);
  }
  return { spec, shown, location, options };
}

/** Which part of a tree to read. */
function parsePart({ shown, options }: ParsedSpec): Part {
  const subdir = options.get("subdir");
  const strip = options.get("strip_components") ?? "0";
  if (subdir !== undefined && (/^\//.test(subdir) || subdir.split(/[/\\]/).includes(".."))) {
    throw new CodegenError(`${shown}: subdir must be inside the source`);
  }
  if (!/^\d+$/.test(strip)) throw new CodegenError(`${shown}: strip_components must be a number`);
  return { subdir, stripComponents: Number(strip) };
}

const known: Known = async () => (await readPinnedApi()).files;

function parseNpm(spec: string, directory: string): Source {
  const [, name, version] = NPM.exec(spec) ?? [];
  if (name === undefined || /^\.+$/.test(name)) {
    throw new CodegenError(
      `${showSource(spec)} is not of the form npm:<package>@<version>, such as npm:@zitadel/proto@1.3.1, where the version may be a range or a tag; give a tarball by its path`,
    );
  }
  return createNpmSource({ name, version }, directory, known);
}

/** `git@host:path` is the short form of ssh URLs. */
const SCP = /^[\w.-]+@[\w.-]+:/;

function isRepository({ location, options }: ParsedSpec): boolean {
  if (options.get("format") === "git" || GIT_OPTIONS.some((name) => options.has(name))) return true;
  return /\.git\/?$/.test(location) || /^(git|ssh|git\+ssh):\/\//i.test(location) || SCP.test(location);
}

function parseGit(parsed: ParsedSpec, directory: string): Source {
  const { spec, shown, location, options } = parsed;
  const isRemote = /^[a-z][a-z\d+.-]*:\/\//i.test(location) || SCP.test(location);
  const url = isRemote ? location : resolve(directory, location);
  if (!isRemote && !existsSync(url))
    throw new CodegenError(`${shown} is not a git repository: there is no such path`);
  const revision = Object.fromEntries(GIT_OPTIONS.map((name) => [name, options.get(name)]));
  return createGitSource({ spec, url }, revision, parsePart(parsed), known);
}

function toPath({ shown, location }: ParsedSpec): string {
  try {
    return fileURLToPath(location);
  } catch {
    throw new CodegenError(`${shown} is not the URL of a file, such as file:///home/me/api.tar.gz`);
  }
}

function parsePath(parsed: ParsedSpec, path: string): Source {
  const { spec, shown } = parsed;
  if (!existsSync(path)) {
    if (!isHost(spec) || !shown.startsWith('"'))
      throw new CodegenError(`${shown} is not a file, directory or URL; ${HINT}`);
    throw new CodegenError(
      `${shown} has no scheme: write https://${spec} for an instance, or http://${spec} for one without TLS`,
    );
  }
  const part = parsePart(parsed);
  if (statSync(path).isDirectory()) return createDirectorySource(spec, path, part, known);
  if (path.endsWith(".lock.json")) return createLockSource(spec, path);
  const load = () =>
    readFile(path).catch((error: Error) => {
      throw new CodegenError(`${spec} cannot be read: ${error.message.replace(path, spec)}`);
    });
  return createFileSource(spec, load, part, known);
}

function parseUrl(parsed: ParsedSpec, instance: InstanceOptions): Source {
  const { spec, shown, location } = parsed;
  const url = URL.parse(location);
  if (url === null || !isPossibleHost(url) || /\s/.test(location)) {
    throw new CodegenError(`${shown} cannot be parsed as a URL`);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new CodegenError(`${shown}: ${url.protocol}// is not supported; ${HINT}`);
  }
  if (FILE_NAME.test(url.pathname) || parsed.options.has("format")) {
    return createFileSource(spec, () => download(url, instance), parsePart(parsed), known);
  }
  if (url.username !== "" || url.password !== "") {
    throw new CodegenError(`${shown}: an instance describes itself without a login; remove the credentials`);
  }
  if (url.pathname !== "/" || url.search !== "" || parsed.options.size > 0) {
    throw new CodegenError(
      `${shown} is neither an instance, which has no path, nor a git repository, archive or image; ${HINT}`,
    );
  }
  return createInstanceSource(url.origin, instance, listExpectedSymbols);
}
