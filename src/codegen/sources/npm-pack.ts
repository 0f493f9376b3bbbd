import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodegenError } from "../errors.ts";
import { runCommand } from "../run-command.ts";
import { withScratchDirectory } from "../scratch-directory.ts";
import { removeCredentials } from "./credentials.ts";

/**
 * Fetches the tarball of a package with the npm client, which knows the user's registry and credentials. Nothing is
 * installed, and no script runs.
 */
export async function fetchTarball(spec: string): Promise<Buffer> {
  return await withScratchDirectory(join(tmpdir(), "zitadel-connect-npm-"), async (work) => {
    // Through a shell on Windows, where npm is a script: then we must quote the arguments.
    const shell = process.platform === "win32";
    const [what, where] = [spec, work].map((text) => (shell ? `"${text}"` : text));
    const args = ["pack", what ?? "", "--ignore-scripts", "--pack-destination", where ?? ""];
    const { exitCode, stdout, stderr } = await runCommand("npm", args, { shell });
    if (exitCode !== 0) {
      const [problem = "it failed"] = (stderr + stdout).match(/(?<=^npm error )(?!code).*$/m) ?? [];
      throw new CodegenError(`npm pack ${spec}: ${removeCredentials(problem)}`);
    }
    const [tarball = ""] = await readdir(work);
    return await readFile(join(work, tarball));
  });
}
