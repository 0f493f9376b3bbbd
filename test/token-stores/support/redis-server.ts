import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PROGRAM = ["valkey-server", "redis-server"].find(
  (program) => spawnSync(program, ["--version"]).status === 0,
);

/** For the option `skip` of a test that needs Redis or Valkey. */
export const withoutRedis: string | false = PROGRAM === undefined && "neither Valkey nor Redis is installed";

/** A Redis or Valkey just for the test, without persistence. */
export interface RedisServer extends AsyncDisposable {
  /** The path of its Unix domain socket: it has no port. */
  readonly socket: string;
  /** Suspends it, and resumes it. */
  pause(): void;
  resume(): void;
}

/** Starts a server in a folder of its own. The system's service is not touched. */
export async function startRedis(): Promise<RedisServer> {
  const directory = mkdtempSync(join(tmpdir(), "redis-"));
  const socket = join(directory, "socket");
  const settings = ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", directory];
  const server = spawn(PROGRAM ?? "", settings, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface(server.stdout)) {
    if (/ready to accept connections/i.test(line)) break;
  }
  server.stdout.resume();
  return {
    socket,
    pause: () => void server.kill("SIGSTOP"),
    resume: () => void server.kill("SIGCONT"),
    async [Symbol.asyncDispose]() {
      server.kill("SIGCONT");
      server.kill();
      if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
      rmSync(directory, { recursive: true });
    },
  };
}
