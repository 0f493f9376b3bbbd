import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { CodegenError } from "../errors.ts";
import { bufSource, withoutCredentials } from "./buf-input.ts";
import { directorySource } from "./directory.ts";
import { imageFileSource } from "./image-file.ts";
import { lockSource } from "./lock-file.ts";
import { npmSource } from "./npm.ts";
import { expectedSymbols, pinnedApi, pinSource } from "./pin.ts";
import { type InstanceOptions, instanceSource } from "./reflection/instance.ts";
import type { Source } from "./source.ts";

export interface ParseSourceOptions {
  /** What paths and installed packages are relative to. */
  readonly directory: string;
  /** For sources that are live instances. */
  readonly instance?: InstanceOptions | undefined;
}

/** The forms of a source, as a command's help shows them. */
export const SOURCE_FORMS = `\
https://acme.zitadel.cloud             a live instance, by gRPC reflection, without a login
npm:@zitadel/proto@1.3.1               a package of generated code
https://host/repo.git#tag=v4.0.0,subdir=proto
                                       a git repository at a tag, branch or commit (ref=), as Buf reads it
https://host/api.tar.gz, api.zip       an archive of .proto files, as Buf reads it
./proto                                a directory of .proto files
api.binpb, api.json, api.binpb.gz      an image, as buf build and protoc write it
pin                                    the API that this package is built for
lock                                   the API that zitadel-connect.lock.json holds`;

/** The lock file's name, next to zitadel-connect.json. */
export const LOCK_FILE = "zitadel-connect.lock.json";

const NPM = /^npm:((?:@[\w.-]+\/)?[\w.-]+)(?:@([\w.+-]+))?$/;
const IMAGE = /\.(binpb|bin|pb|json|txtpb|yaml)(\.gz|\.zst)?(#.*)?$/;
const BUF_INPUT =
  /(\.git\/?|\.zip|\.tar|\.tgz|\.tar\.(gz|zst))(#.*)?$|#.*\b(format|subdir|branch|tag|ref|commit)=/;

/** What a source string means. Throws a CodegenError where it means nothing. */
export function parseSource(spec: string, { directory, instance = {} }: ParseSourceOptions): Source {
  if (spec === "pin") return pinSource;
  if (spec === "lock") return lockSource(spec, join(directory, LOCK_FILE));
  if (spec.startsWith("npm:")) return parseNpm(spec, directory);
  if (/^[a-z+]+:\/\//.test(spec)) return parseUrl(spec, instance);
  const [path = "", options] = spec.split("#");
  const file = resolve(directory, path);
  if (!existsSync(file)) throw new CodegenError(`"${spec}" is no file, directory or URL; ${HINT}`);
  const input = options === undefined ? file : `${file}#${options}`;
  if (BUF_INPUT.test(spec)) return { ...bufSource(input), spec };
  if (statSync(file).isDirectory()) return { ...directorySource(file, pinnedApi), spec };
  if (spec.endsWith(".lock.json")) return lockSource(spec, file);
  if (IMAGE.test(spec)) return { ...imageFileSource(input), spec };
  throw new CodegenError(`"${spec}" is a file of an unknown kind; ${HINT}`);
}

const HINT = "a source is one of the forms that --help shows";

function parseNpm(spec: string, directory: string): Source {
  const [, name, version] = NPM.exec(spec) ?? [];
  if (name === undefined) {
    throw new CodegenError(
      `"${spec}" is not of the form npm:<package>@<version>, such as npm:@zitadel/proto@1.3.1`,
    );
  }
  return npmSource(name, version, directory);
}

function parseUrl(spec: string, instance: InstanceOptions): Source {
  if (BUF_INPUT.test(spec) || IMAGE.test(spec)) return bufSource(spec);
  const url = URL.parse(spec);
  const shown = withoutCredentials(spec);
  if (url === null) throw new CodegenError(`"${shown}" is not a URL`);
  if (url.protocol !== "https:" && url.protocol !== "http:") return bufSource(spec);
  if (url.username !== "" || url.password !== "") {
    throw new CodegenError(
      `"${shown}": an instance describes itself without a login; leave the credentials out`,
    );
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw new CodegenError(
      `"${shown}" is neither an instance, which has no path, nor a git repository, archive or image; ${HINT}`,
    );
  }
  return instanceSource(url.origin, instance, expectedSymbols);
}
