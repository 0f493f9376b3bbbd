import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import type { FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { runBuf } from "../buf.ts";
import { CodegenError } from "../errors.ts";
import { decodeFiles } from "../files/decode-files.ts";
import { withScratchDirectory } from "../scratch-directory.ts";
import { removeCredentials } from "./credentials.ts";
import { type GitRevision, withCheckout } from "./git.ts";
import type { Place } from "./protos/problems.ts";
import type { Source } from "./source.ts";
import { openContainer } from "./tree/container.ts";
import { findSubtree, isModuleFile, isProtoFile, readDirectory, type Wanted } from "./tree/tree.ts";
import { hasProtos, isApiFile, type Known, readTree } from "./tree-source.ts";

/** The part of a directory, a repository or an archive to read. */
export interface Part {
  /** Default: all of it. */
  readonly subdir?: string | undefined;
  /** How many leading directories to remove from all names in an archive. Default: 0. */
  readonly stripComponents?: number | undefined;
}

/** A directory of .proto files, a Buf workspace, or a directory of generated code. */
export function createDirectorySource(
  spec: string,
  path: string,
  { subdir = "" }: Part,
  known: Known,
): Source {
  const [shown = ""] = spec.split("#");
  const below = (...names: string[]) => posix.join(shown.replaceAll("\\", "/"), subdir, ...names);
  const place = { name: spec, at: below, within: below };
  return {
    spec,
    async read(report) {
      report(`Reading ${spec}`);
      const read = (wanted: Wanted) =>
        readDirectory(join(path, subdir), wanted).catch((error: Error) => {
          throw new CodegenError(`${spec}: ${error.message.replace(path, shown)}`);
        });
      const protos = await read(isProtoFile);
      const tree = hasProtos(protos) ? protos : await read(isModuleFile);
      return { description: spec, ...(await readTree(tree, place, known)) };
    },
  };
}

/** A git repository at a revision. `url` may also be a path. */
export function createGitSource(
  { spec, url }: { readonly spec: string; readonly url: string },
  revision: GitRevision,
  { subdir = "" }: Part,
  known: Known,
): Source {
  const place = createRemotePlace(spec, subdir);
  return {
    spec,
    async read(report) {
      report(`Fetching ${place.name}`);
      return await withCheckout({ url, name: place.name }, revision, async ({ directory, commit }) => {
        const tree = await readDirectory(directory, isApiFile, true);
        const found = await readTree(findSubtree(tree, subdir), place, known);
        return { description: `${place.name} (commit ${commit.slice(0, 12)})`, ...found };
      });
    },
  };
}

/** An archive of .proto files or of an npm package, or an image, recognized by its content. */
export function createFileSource(
  spec: string,
  load: () => Promise<Buffer>,
  { subdir = "", stripComponents = 0 }: Part,
  known: Known,
): Source {
  const place = createRemotePlace(spec, subdir);
  return {
    spec,
    async read(report) {
      report(`Reading ${place.name}`);
      const contents = await openContainer(await load(), isApiFile, place.name);
      if (contents.kind === "bytes") {
        return { description: place.name, files: await readImage(contents.bytes, place.name) };
      }
      // npm puts everything in a directory named "package".
      const strip = contents.tree.has("package/package.json") && stripComponents === 0 ? 1 : stripComponents;
      const found = await readTree(findSubtree(contents.tree, subdir, strip), place, known);
      return { description: place.name, ...found };
    },
  };
}

function createRemotePlace(spec: string, subdir: string): Place {
  const name = removeCredentials(spec);
  const [location, options = ""] = name.split("#");
  const others = options.split(",").filter((option) => option !== "" && !option.startsWith("subdir="));
  return {
    name,
    at: (path) => `${name}: ${posix.join(subdir, path)}`,
    within: (path) => `${location}#${[...others, `subdir=${posix.join(subdir, path)}`].join(",")}`,
  };
}

/** Images in formats that only Buf can read, since they contain custom options by name. */
const TEXT_FORM = /\.(txtpb|yaml|json)(\.gz|\.zst)?(#.*)?$/;

async function readImage(image: Uint8Array, name: string): Promise<FileDescriptorProto[]> {
  if (/\.proto$/.test(name)) {
    throw new CodegenError(`${name} is a single file: give the directory that its imports are relative to`);
  }
  const isJson = /^\s*\{\s*"/.test(new TextDecoder().decode(image.subarray(0, 100)));
  const form = isJson ? "json" : TEXT_FORM.exec(name)?.[1];
  if (form === undefined) return decodeFiles(image, name);
  return await withScratchDirectory(join(tmpdir(), "zitadel-connect-image-"), async (cwd) => {
    const input = `image.${form}`;
    await writeFile(join(cwd, input), image);
    await runBuf(["build", input, "--output", "out.binpb"], { cwd }).catch((error: Error) => {
      throw new CodegenError(`${name}: ${error.message}`);
    });
    return decodeFiles(await readFile(join(cwd, "out.binpb")), name);
  });
}
