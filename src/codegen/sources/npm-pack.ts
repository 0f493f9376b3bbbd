import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { CodegenError } from "../errors.ts";
import { withScratchDirectory } from "../scratch-directory.ts";

const run = promisify(execFile);

/**
 * Fetches a package by the npm client, which knows the registry and the credentials of the user, and unpacks it for as
 * long as `use` takes. Nothing of it is installed and no script of it runs; `use` imports its modules.
 */
export async function withPackedPackage<T>(spec: string, use: (directory: string) => Promise<T>): Promise<T> {
  return await withScratchDirectory(join(tmpdir(), "zitadel-connect-npm-"), async (work) => {
    await pack(spec, work);
    const [tarball = ""] = readdirSync(work);
    await run("tar", ["-xzf", tarball], { cwd: work });
    linkProtobuf(work);
    return await use(join(work, "package"));
  });
}

async function pack(spec: string, destination: string): Promise<void> {
  // Through a shell on Windows, where npm is a script: then quotes are ours to set.
  const shell = process.platform === "win32";
  const to = shell ? `"${destination}"` : destination;
  try {
    await run("npm", ["pack", spec, "--ignore-scripts", "--pack-destination", to], { shell });
  } catch (error) {
    const output = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    const [problem = "it failed"] = output.match(/(?<=^npm error )(?!code).*$/m) ?? [];
    throw new CodegenError(`npm pack ${spec}: ${problem}`, { cause: error });
  }
}

/** A package's modules import the runtime of generated code, which is linked next to where they are. */
export function linkProtobuf(work: string): void {
  const entry = createRequire(import.meta.url).resolve("@bufbuild/protobuf");
  const end = join("@bufbuild", "protobuf");
  const directory = entry.slice(0, entry.lastIndexOf(end) + end.length);
  const link = join(work, "node_modules", end);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(directory, link, "junction");
}
