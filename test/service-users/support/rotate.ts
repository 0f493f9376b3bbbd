import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { createZitadel } from "../../../src/index.ts";
import { rotateKey } from "../../../src/service-users/index.ts";

// Rotates the key of the environment's key file, and reports when it has begun.
const keyFile = process.env["ZITADEL_KEY_FILE"] ?? "";
const zitadel = createZitadel();
await zitadel.auth.v1.getMyUser();
const rotation = rotateKey(zitadel, { keyFile });
while (!existsSync(`${keyFile}.rotation`)) await setTimeout(1);
console.log("begun");
await rotation;
