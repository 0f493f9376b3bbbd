/**
 * Moves the pin to another version of the API: `npm run update-api -- npm:@zitadel/proto@1.4.0`, or without a source to
 * the newest one. Installs it, pins it in proto/source.json, generates anew, rewrites the records in proto/ and prints
 * what is different, as Markdown for a pull request. Prints nothing where the pin is the newest already.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imageOfPackage } from "../src/codegen/sources/npm.ts";
import { pinnedPackage, pinOfInstalled, readPin, root } from "./pinned-api.ts";

const { source: pinned } = readPin();
const source = process.argv[2] ?? pinned.replace(/@[^@]*$/, "@latest");
const [, name = "", version = ""] = /^npm:(.+)@([^@]+)$/.exec(source) ?? [];
if (name === "") {
  console.error(
    `update-api: ${source} cannot be pinned: whoever clones this repository must get the same, which only a package gives (npm:<package>@<version>). To compare with it: npx zitadel-connect diff --from pin --to ${source}`,
  );
  process.exit(2);
}

const work = mkdtempSync(join(tmpdir(), "update-api-"));
try {
  const before = join(work, "before.binpb");
  writeFileSync(before, await imageOfPackage(pinnedPackage()));
  run("npm", "install", "--ignore-scripts", "--save-dev", "--save-exact", `${name}@${version}`);
  const pin = pinOfInstalled(name);
  if (pin.source !== pinned) {
    writeFileSync(join(root, "proto/source.json"), `${JSON.stringify(pin, null, 2)}\n`);
    for (const script of ["generate", "record-api", "record-secret-fields"]) run("npm", "run", script);
    const diff = ["diff", "--from", before, "--to", pin.source, "--markdown", "--fail-on", "never"];
    const markdown = execFileSync(process.execPath, ["src/cli/main.ts", ...diff], {
      cwd: root,
      encoding: "utf8",
    });
    console.log(`${pinned} → ${pin.source}\n\n${markdown.replace(before, pinned)}`);
  }
} finally {
  rmSync(work, { recursive: true });
}

/** Runs a chore, whose output is not the result of this one. */
function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { cwd: root, stdio: ["ignore", process.stderr, "inherit"] });
}
