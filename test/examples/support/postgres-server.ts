import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Debian installs the programs of the server in another folder than those of clients. */
const FOLDER = globSync("/usr/lib/postgresql/*/bin").at(-1);
const POSTGRES = FOLDER === undefined ? "postgres" : join(FOLDER, "postgres");

/** For the option `skip` of a test that needs PostgreSQL. */
export const withoutPostgres: string | false =
  spawnSync(POSTGRES, ["--version"]).status !== 0 && "PostgreSQL is not installed";

export interface PostgresServer extends AsyncDisposable {
  readonly connectionString: string;
}

/** Starts a PostgreSQL just for the test on a Unix domain socket. The system's service is not touched. */
export async function startPostgres(): Promise<PostgresServer> {
  const directory = mkdtempSync(join(tmpdir(), "postgres-"));
  const user = notRoot();
  if (user !== undefined) chownSync(directory, user.uid, user.gid);
  const data = join(directory, "data");
  const options = { ...user, cwd: directory };
  const initdb = POSTGRES.replace(/postgres$/, "initdb");
  const init = spawnSync(initdb, ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync"], options);
  if (init.status !== 0) throw new Error(`initdb: ${init.stderr}`);
  const settings = ["-D", data, "-k", directory, "-c", "listen_addresses=", "-F"];
  const server = spawn(POSTGRES, settings, { ...options, stdio: ["ignore", "ignore", "pipe"] });
  for await (const line of createInterface(server.stderr)) {
    if (/ready to accept connections/.test(line)) break;
  }
  server.stderr.resume();
  return {
    connectionString: `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(directory)}`,
    async [Symbol.asyncDispose]() {
      server.kill("SIGQUIT");
      if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
      rmSync(directory, { recursive: true });
    },
  };
}

/** PostgreSQL does not run as root; Debian's package creates a user for it. */
function notRoot(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = ["-u", "-g"].map((flag) => Number(spawnSync("id", [flag, "postgres"]).stdout));
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}
