/** Rewrites proto/api.tsv from the pinned API. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatApiRecord, readImage } from "../src/codegen/api-record.ts";
import { encodeSource } from "../src/codegen/update/pinned-image.ts";
import { pinned, root } from "./pinned-api.ts";

const image = await encodeSource(pinned());
writeFileSync(join(root, "proto/api.tsv"), formatApiRecord(readImage(image).files));
