/** Makes gen/ from the pinned API; `npm ci` runs it. Does nothing when gen/ is up to date. */
import { createHash } from "node:crypto";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "../src/codegen/generate.ts";
import { PINNED_IMAGE } from "../src/codegen/sources/pin.ts";
import { compressedSource, imageOfPackage } from "../src/codegen/update/pinned-image.ts";
import { pinnedPackage, root } from "./pinned-api.ts";

const api = pinnedPackage();
const stampFile = join(root, "gen/.stamp");
const stamp = stampOf([api.contents]);

if (read(stampFile) !== stamp) {
  const started = performance.now();
  const image = await imageOfPackage(api);
  await generate({ image, template: join(root, "buf.gen.yaml"), out: join(root, "gen") });
  writeFileSync(join(root, "gen", PINNED_IMAGE), await compressedSource(api));
  writeFileSync(stampFile, stamp);
  console.log(`Generated gen/ from ${api.name}@${api.version} in ${seconds(started)} s.`);
}

/** Changes when anything does that the output depends on: the API, the generator, its settings and versions. */
function stampOf(inputs: readonly string[]): string {
  const hash = createHash("sha256").update(inputs.join("\n"));
  for (const file of [
    "buf.gen.yaml",
    "package-lock.json",
    ...globSync("src/codegen/**/*.ts", { cwd: root }).sort(),
  ]) {
    hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

function read(file: string): string | undefined {
  return globSync(file).length > 0 ? readFileSync(file, "utf8") : undefined;
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
