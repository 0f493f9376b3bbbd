// node src/main.ts [access.json]; Zitadel's url and the credential of an IAM_OWNER come from the environment.
import { readFile } from "node:fs/promises";
import { createZitadel } from "zitadel-connect";
import type { Access } from "./access.ts";
import { apply } from "./apply.ts";

const [file = "access.json"] = process.argv.slice(2);
// Wrong names and roles are refused by Zitadel.
const access = JSON.parse(await readFile(file, "utf8")) as Access;
await using zitadel = createZitadel();
await apply(zitadel, access, (change) => console.log(change));
