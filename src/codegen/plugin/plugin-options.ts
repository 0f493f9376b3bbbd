import { dirname } from "node:path/posix";
import type { Schema } from "@bufbuild/protoplugin";

/** The options of protoc-gen-zitadel-connect, apart from those that all plugins for ECMAScript have. */
export interface ServicesPluginOptions {
  /** All .proto files are in one directory. */
  readonly singleDirectory: boolean;
}

/** Options of protoc-gen-es that have no effect here. They are accepted so that both plugins take the same options. */
const OF_PROTOC_GEN_ES: ReadonlySet<string> = new Set(["json_types", "valid_types", "erasable_syntax"]);

/** Parses what follows `opt:`. Throws if an option is unknown. */
export function parseOptions(
  options: readonly { readonly key: string; readonly value: string }[],
): ServicesPluginOptions {
  let singleDirectory = false;
  for (const { key, value } of options) {
    if (key === "single_directory" && ["true", "false"].includes(value)) singleDirectory = value === "true";
    else if (!OF_PROTOC_GEN_ES.has(key)) {
      throw new Error("expected single_directory=true, or an option of protoc-gen-es");
    }
  }
  return { singleDirectory };
}

/**
 * Ensures that the plugin sees the whole API. By default, Buf runs a plugin once per directory: each run would write a
 * tree with only its own services, and the last one would win. A run cannot detect this, so an API with a single
 * directory must say so.
 */
export function checkComplete({ files, options }: Schema<ServicesPluginOptions>): void {
  const directories = new Set(files.map(({ proto }) => dirname(proto.name)));
  if (directories.size > 1 || options.singleDirectory) return;
  throw new Error(
    `only ${[...directories].join() || "nothing"} would be generated, and services in other directories would be lost: ` +
      "set `strategy: all` for this plugin in buf.gen.yaml. If all .proto files are in one directory, " +
      "set `opt: single_directory=true` as well",
  );
}
