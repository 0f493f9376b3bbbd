import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { CodegenError } from "./errors.ts";

/** Generators are optional peers of this package: only who generates code needs them. */
export type Peer = "@bufbuild/buf" | "@bufbuild/protoc-gen-es";

/** The line that installs all peers. */
export const INSTALL_PEERS = "npm install --save-dev @bufbuild/buf @bufbuild/protoc-gen-es";

/** The directory of a peer, as seen from this package, else from the working directory. */
export function findPeer(name: Peer): string {
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), "package.json"))]) {
    try {
      return dirname(createRequire(from).resolve(`${name}/package.json`));
    } catch {
      // Looked for in the next place.
    }
  }
  throw new CodegenError(`${name} is not installed, which generating and comparing need: ${INSTALL_PEERS}`);
}
