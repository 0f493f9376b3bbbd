// Writes zitadel-emulator.schema.json, the schema of the emulator's seeds, for editors.
import { writeFileSync } from "node:fs";
import { SEED_SCHEMA } from "../src/testing/seed/schema.ts";

writeFileSync("zitadel-emulator.schema.json", `${JSON.stringify(SEED_SCHEMA, null, 2)}\n`);
