import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";

/** Runs Buf, with this Node and the plugins of node_modules in its path. The error has Buf's own words. */
export async function buf(args: readonly string[], cwd: string): Promise<string> {
  const modules = dirname(
    dirname(dirname(createRequire(import.meta.url).resolve("@bufbuild/buf/package.json"))),
  );
  const path = [join(modules, ".bin"), dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  const command = [join(modules, "@bufbuild", "buf", "bin", "buf"), ...args];
  const options = { cwd, env: { ...process.env, PATH: path }, maxBuffer: 2 ** 26 };
  return await new Promise((resolve, reject) => {
    execFile(process.execPath, command, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`buf ${args[0]}: ${stderr.trim() || error.message}`, { cause: error }));
    });
  });
}
