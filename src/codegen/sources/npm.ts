import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { CodegenError } from "../errors.ts";
import {
  filesOf,
  type GeneratedApi,
  type GeneratedLayout,
  readGeneratedModules,
} from "./generated-modules.ts";
import { withPackedPackage } from "./npm-pack.ts";
import type { Source, SourceFiles } from "./source.ts";

/** An npm package of code that protoc-gen-es generated, as it is installed. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly directory: string;
  /** SHA-256 over the names and the bytes of all descriptors and declarations, as `sha256-<base64>`. */
  readonly contents: string;
}

/** As Zitadel's packages have it. */
const LAYOUT: GeneratedLayout = { modules: "es/**/*_pb.js", declarations: "types/**/*_pb.d.ts" };

/**
 * A package of generated code: the installed one where it has the version that is asked for, else what the npm client
 * fetches.
 */
export function npmSource(name: string, version: string | undefined, directory: string): Source {
  const spec = `npm:${name}${version === undefined ? "" : `@${version}`}`;
  return {
    spec,
    async read(report) {
      const installed = findPackage(name, directory);
      if (installed !== undefined && (version === undefined || version === installed.version)) {
        return await asSourceFiles(installed);
      }
      report(`Fetching ${spec}`);
      return await withPackedPackage(spec.slice("npm:".length), (unpacked) =>
        asSourceFiles(packageAt(name, unpacked)),
      );
    },
  };
}

async function asSourceFiles(npmPackage: NpmPackage): Promise<SourceFiles> {
  const description = `npm:${npmPackage.name}@${npmPackage.version}`;
  const { files, comments } = await apiOfPackage(npmPackage);
  if (files.length === 0) throw new CodegenError(`${description} has no code that protoc-gen-es generated`);
  return { description, files: files.map(({ proto }) => proto), comments };
}

/** Finds an installed package, as seen from `from` (a directory). */
export function findPackage(name: string, from: string): NpmPackage | undefined {
  const directory = createRequire(join(from, "package.json"))
    .resolve.paths(name)
    ?.map((path) => join(path, name))
    .find((path) => existsSync(join(path, "package.json")));
  return directory === undefined ? undefined : packageAt(name, directory);
}

function packageAt(name: string, directory: string): NpmPackage {
  const manifest = join(directory, "package.json");
  const { version }: { version: string } = JSON.parse(readFileSync(manifest, "utf8"));
  return { name, version, directory: dirname(manifest), contents: digest(directory) };
}

/** Reads the API from a package of generated code. */
export async function apiOfPackage({ directory }: NpmPackage): Promise<GeneratedApi> {
  return await readGeneratedModules(directory, LAYOUT);
}

function digest(directory: string): string {
  const hash = createHash("sha256");
  for (const path of [...filesOf(directory, LAYOUT.modules), ...filesOf(directory, LAYOUT.declarations)]) {
    const bytes = readFileSync(join(directory, path));
    hash.update(`${path} ${bytes.length}\n`).update(bytes);
  }
  return `sha256-${hash.digest("base64")}`;
}
