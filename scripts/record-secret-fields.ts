/** Rewrites proto/secret-fields.tsv from the pinned API and the rule of src/logging/secret-fields.ts. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readImage } from "../src/codegen/api-record.ts";
import { encodeSource } from "../src/codegen/update/pinned-image.ts";
import { pinned, root } from "./pinned-api.ts";
import { secretRecord } from "./secret-record.ts";

const image = await encodeSource(pinned());
writeFileSync(join(root, "proto/secret-fields.tsv"), secretRecord(readImage(image)));
