import { root } from "../../../scripts/pinned-api.ts";
import { findPackage } from "../../../src/codegen/sources/npm.ts";
import { findLockedIntegrity, type Pin } from "../../../src/codegen/update/pinned-package.ts";

const NAME = "@zitadel/proto";

/** A pin of the installed package, even if proto/source.json pins a tag of a repository. */
export function packagePin(): Pin & { readonly version: string } {
  const found = findPackage(NAME, root);
  if (found === undefined) throw new Error(`${NAME} is not installed: run \`npm ci\``);
  const { version, contents } = found;
  return { source: `npm:${NAME}@${version}`, integrity: findLockedIntegrity(NAME, root), contents, version };
}
