import { createRequire } from "node:module";
import { join } from "node:path";
import { findPeer } from "../peers.ts";

/** `require()` as protoc-gen-es has it. */
export function requireOfProtocGenEs(): NodeJS.Require {
  return createRequire(join(findPeer("@bufbuild/protoc-gen-es"), "package.json"));
}

/** The protoplugin that protoc-gen-es brings with it: users need not install it, and both are of one version. */
export function loadProtoplugin(): typeof import("@bufbuild/protoplugin") {
  return requireOfProtocGenEs()("@bufbuild/protoplugin");
}
