import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { findPeer } from "../peers.ts";
import { deferTranspiler } from "./deferred-transpiler.ts";

/** protoc-gen-es's point of view: what it would `require()`, and the directory of the protoplugin that it would get. */
export interface ProtocGenEs {
  readonly require: NodeJS.Require;
  readonly protoplugin: string;
}

/** Finds the installed protoc-gen-es, and makes its protoplugin load faster. */
export function prepareProtocGenEs(): ProtocGenEs {
  const require = createRequire(join(findPeer("@bufbuild/protoc-gen-es"), "package.json"));
  const protoplugin = join(dirname(require.resolve("@bufbuild/protoplugin")), "../..");
  deferTranspiler(protoplugin, require);
  return { require, protoplugin };
}

/** Loads the protoplugin that protoc-gen-es depends on, so that users need not install it, and the versions match. */
export function loadProtoplugin(): typeof import("@bufbuild/protoplugin") {
  return prepareProtocGenEs().require("@bufbuild/protoplugin");
}
