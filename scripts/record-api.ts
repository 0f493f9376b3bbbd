/** Rewrites proto/api.tsv from the pinned API. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiRecord, readImage } from "../src/codegen/api-record.ts";
import { imageOfSource } from "../src/codegen/update/pinned-image.ts";
import { pinned, root } from "./pinned-api.ts";

const image = await imageOfSource(pinned());
writeFileSync(join(root, "proto/api.tsv"), apiRecord(readImage(image).files));
