import { join } from "node:path";
import { packageRoot, runsFromSource } from "../package-root.ts";

/** The form of generated code. */
export interface OutputFormat {
  /** `js` is JavaScript with declarations, which needs no build; `ts` is TypeScript. */
  readonly target: "js" | "ts";
  /** How generated files import each other. */
  readonly importExtension: "js" | "ts" | "none";
}

/** The folder in Buf's output that both plugins write to. */
export const OUTPUT_FOLDER = "gen";

/**
 * The settings for `buf generate`. Plugins are given by path, so that neither the package manager's layout nor PATH
 * matters. One process for all files (`strategy: all`) takes half the time.
 */
export function createBufTemplate({ target, importExtension }: OutputFormat): string {
  const opt = [`target=${target === "js" ? "js+dts" : "ts"}`, `import_extension=${importExtension}`];
  // Imports of .ts files are for runtimes that only strip types.
  if (importExtension === "ts") opt.push("erasable_syntax=true");
  const plugin = (name: string, ...more: string[]) => ({
    local: [process.execPath, findPluginFile(name)],
    out: OUTPUT_FOLDER,
    strategy: "all",
    opt: [...opt, ...more],
  });
  const plugins = [plugin("protoc-gen-es"), plugin("protoc-gen-zitadel-connect", "single_directory=true")];
  return JSON.stringify({ version: "v2", plugins });
}

function findPluginFile(name: string): string {
  return join(packageRoot, runsFromSource ? `src/codegen/plugin/${name}.ts` : `dist/${name}.js`);
}
