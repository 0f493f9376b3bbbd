/** Makes gen/ from the pinned API; `npm ci` runs it. Does nothing when gen/ is up to date. */
import { createHash } from "node:crypto";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "../src/codegen/generate.ts";
import { PINNED_IMAGE } from "../src/codegen/sources/pin.ts";
import type { Source } from "../src/codegen/sources/source.ts";
import { compressSource, encodeSource } from "../src/codegen/update/pinned-image.ts";
import { pinned, pinnedPackage, readPin, root } from "./pinned-api.ts";

const pin = readPin();
const stampFile = join(root, "gen/.stamp");
const stamp = computeStamp([pin.contents, pin.commit ?? pinnedPackage(pin).contents]);

if (read(stampFile) !== stamp) {
  const started = performance.now();
  // Read only once, since it may come over the network.
  const found = await pinned().read(() => {});
  const api: Source = { spec: pin.source, read: async () => found };
  const image = await encodeSource(api);
  await generate({ image, template: join(root, "buf.gen.yaml"), out: join(root, "gen") });
  writeFileSync(join(root, "gen", PINNED_IMAGE), await compressSource(api));
  writeFileSync(stampFile, stamp);
  console.log(`Generated gen/ from ${found.description} in ${seconds(started)} s.`);
}

/** Changes when anything does that the output depends on: the API, the generator, its settings and versions. */
function computeStamp(inputs: readonly string[]): string {
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
