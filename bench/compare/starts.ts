import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ourPrograms } from "../first-response/programs.ts";
import { startSurroundings } from "../first-response/surroundings.ts";
import { runFresh } from "../fresh-process.ts";
import type { Measured } from "./report.ts";
import { measureInTurns, type Trees } from "./turns.ts";

const ROUNDS = 15;

/** Programs that end once they have started, using the package in a folder. */
function startPrograms(root: string): Readonly<Record<string, string>> {
  const url = (path: string): string => JSON.stringify(pathToFileURL(join(root, path)));
  const ours = ourPrograms(root);
  return {
    "import zitadel-connect": `await import(${url("dist/index.js")});`,
    "first response, PAT": ours["ours, PAT"].code,
    "first response, private key JWT": ours["ours, private key JWT"].code,
    "zitadel-connect --help": `
      process.argv.push("--help");
      process.argv[1] = ${JSON.stringify(join(root, "dist/cli.js"))};
      await import(${url("dist/cli.js")});`,
    "emulator, first response": `
      import { createZitadel, privateKeyJwt } from ${url("dist/index.js")};
      import { startEmulator } from ${url("dist/testing.js")};
      const emulator = await startEmulator();
      const auth = privateKeyJwt({ key: emulator.serviceUser.keyFile });
      await createZitadel({ url: emulator.url, auth }).user.v2.listUsers();`,
  };
}

/** CPU time of whole processes, Node's own start included. */
export async function measureStarts(trees: Trees): Promise<Measured[]> {
  await using surroundings = await startSurroundings();
  const env = { ...process.env, ...surroundings.env };
  const [base, head] = [startPrograms(trees.base), startPrograms(trees.head)];
  const measured: Measured[] = [];
  for (const [name, code] of Object.entries(head)) {
    const samples = await measureInTurns(ROUNDS, {
      base: async () => (await runFresh(base[name] ?? "", { cwd: trees.base, env })).cpuMs,
      head: async () => (await runFresh(code, { cwd: trees.head, env })).cpuMs,
    });
    measured.push({ name: `${name}: CPU`, unit: "ms", threshold: 1.1, samples });
  }
  return measured;
}
