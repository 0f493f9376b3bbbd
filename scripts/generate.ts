/** Makes gen/ from the pinned API; `npm ci` runs it. Does nothing when gen/ is up to date. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "../src/codegen/generate.ts";
import { PINNED_IMAGE } from "../src/codegen/sources/pin.ts";
import type { Source } from "../src/codegen/sources/source.ts";
import { compressSource, encodeSource } from "../src/codegen/update/pinned-image.ts";
import { pinned, pinnedPackage, readPin, root } from "./pinned-api.ts";
import { Stamp } from "./stamp.ts";

const pin = readPin();
const stamp = new Stamp(
  join(root, "gen"),
  ["src/codegen/**/*.ts", "buf.gen.yaml", "package-lock.json"],
  [pin.contents, pin.commit ?? pinnedPackage(pin).contents],
);

if (!stamp.isCurrent()) {
  const started = performance.now();
  stamp.remove();
  // Read only once, since it may come over the network.
  const found = await pinned().read(() => {});
  const api: Source = { spec: pin.source, read: async () => found };
  const image = await encodeSource(api);
  await generate({ image, template: join(root, "buf.gen.yaml"), out: join(root, "gen") });
  writeFileSync(join(root, "gen", PINNED_IMAGE), await compressSource(api));
  stamp.write();
  console.log(`Generated gen/ from ${found.description} in ${seconds(started)} s.`);
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
