import { createRequire } from "node:module";
import { join } from "node:path";
import { findPeer } from "../peers.ts";

/** `require()` from protoc-gen-es's point of view. */
export function createProtocGenEsRequire(): NodeJS.Require {
  return createRequire(join(findPeer("@bufbuild/protoc-gen-es"), "package.json"));
}

/** Loads the protoplugin that protoc-gen-es depends on, so that users need not install it, and the versions match. */
export function loadProtoplugin(): typeof import("@bufbuild/protoplugin") {
  return createProtocGenEsRequire()("@bufbuild/protoplugin");
}
