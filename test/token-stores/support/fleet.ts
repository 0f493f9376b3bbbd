import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** How many processes, with how many clients each, and which store they share. */
export interface FleetOptions {
  readonly origin: string;
  readonly store: { readonly kind: "redis" | "folder" | "none"; readonly path: string };
  readonly processes: number;
  readonly clients: number;
}

/** Starts processes, lets all obtain tokens at once, and resolves with the distinct tokens that they have. */
export async function runFleet({ origin, store, processes, clients }: FleetOptions): Promise<string[]> {
  const program = join(import.meta.dirname, "worker.ts");
  const workers = Array.from({ length: processes }, () => {
    const parameters = [program, origin, store.kind, store.path, String(clients)];
    const child = spawn(process.execPath, parameters, { stdio: ["pipe", "pipe", "inherit"] });
    return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
  });
  for (const { lines } of workers) await lines.next();
  for (const { child } of workers) child.stdin.end("go\n");
  const tokens = await Promise.all(workers.map(async ({ lines }) => (await lines.next()).value ?? "[]"));
  return [...new Set(tokens.flatMap((line) => JSON.parse(line)))];
}
