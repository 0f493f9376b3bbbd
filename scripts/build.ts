/** Makes dist/ from src/ and gen/; `npm ci` runs it. Does nothing when dist/ is up to date. */
import { join } from "node:path";
import { build } from "tsdown";
import { root } from "./pinned-api.ts";
import { Stamp } from "./stamp.ts";

const stamp = new Stamp(join(root, "dist"), [
  "src/**",
  "gen/.stamp",
  "tsdown.config.ts",
  "tsconfig.build.json",
  "package.json",
  "package-lock.json",
]);

if (!stamp.isCurrent()) {
  stamp.remove();
  await build({ logLevel: "warn" });
  stamp.write();
}
