import { Module } from "node:module";
import { join } from "node:path";

/**
 * Makes protoplugin load its transpiler, which takes three quarters of the time that protoplugin takes to load, only when
 * a plugin uses it. Only plugins that cannot print JavaScript or declarations themselves do, unlike protoc-gen-es and
 * the one of this package. The module is internal: if it is not found, generation is slower, but has the same result.
 */
export function deferTranspiler(protoplugin: string, require: NodeJS.Require): void {
  const file = findFile(join(protoplugin, "dist/cjs/transpile.js"), require);
  if (file === undefined || file in require.cache) return;
  const exports = {
    get transpile(): unknown {
      if (require.cache[file] === standIn) delete require.cache[file];
      return require(file).transpile;
    },
  };
  const standIn = Object.assign(new Module(file), { exports, loaded: true });
  require.cache[file] = standIn;
}

function findFile(path: string, require: NodeJS.Require): string | undefined {
  try {
    return require.resolve(path);
  } catch {
    return undefined;
  }
}
