import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../scripts/pinned-api.ts";

const rows = readFileSync(join(root, "proto/api.tsv"), "utf8").trimEnd().split("\n").slice(1);

/** The size of the pinned API, as in proto/api.tsv, which is reviewed. */
export const recorded = {
  services: new Set(rows.map((row) => row.split("\t")[0])).size,
  rpcs: rows.length,
} as const;
