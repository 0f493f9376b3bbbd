import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import pg from "pg";
import { openDatabase, type Queryable } from "../../src/database.ts";
import { SOCKET, StatementProxy } from "./statement-proxy.ts";

/** A database for a test. */
export interface TestDatabase {
  /** The environment variables that make the program use it. */
  readonly env: Readonly<Record<string, string>>;
  /** Uses it, even while the program runs if it is on a server. */
  use<T>(work: (database: Queryable) => Promise<T>): Promise<T>;
}

/** One within the program's process. */
export interface EmbeddedDatabase extends TestDatabase {
  readonly directory: string;
}

/** One on a server. */
export interface ServerDatabase extends TestDatabase, AsyncDisposable {
  /** Its own address, not the proxy's. */
  readonly url: string;
  /** Counts the statements of the program. */
  readonly statements: StatementProxy;
}

/** A server, and its address. */
interface Upstream extends AsyncDisposable {
  readonly url: string;
}

/**
 * A directory in memory where the system has one: PostgreSQL syncs its thousand files to disk when they are created,
 * and again after each kill, which takes minutes on a busy disk. What a killed process has written survives all the
 * same: the disk matters only if the machine goes down.
 */
function findTemporary(): string {
  const memory = "/dev/shm";
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  // Most containers have only 64 MiB of it.
  return bavail * bsize >= 2 ** 28 ? memory : tmpdir();
}

/**
 * The databases of the tests, which run one after the other. All embedded ones share one directory, since creating,
 * copying or removing one takes seconds.
 */
export class Databases {
  readonly #parent = mkdtempSync(join(findTemporary(), "sync-users-"));
  readonly #directory = join(this.#parent, "mirror");
  /** One server for all tests: each has the schema to itself. */
  #server: Promise<Upstream> | undefined;

  async prepare(): Promise<void> {
    // What a process leaves behind if it is killed while it creates a directory.
    mkdirSync(`${this.#directory}.new`);
    writeFileSync(join(`${this.#directory}.new`, "PG_VERSION"), "half of it");
    const database = await openDatabase(undefined, this.#directory);
    await database.close();
  }

  async remove(): Promise<void> {
    await (await this.#server)?.[Symbol.asyncDispose]();
    rmSync(this.#parent, { recursive: true });
  }

  /**
   * The one within the program's process, as the previous test left it. Not to be used once there is one on a server.
   */
  embedded(): EmbeddedDatabase {
    const directory = this.#directory;
    return {
      directory,
      env: { MIRROR_DIRECTORY: directory },
      async use(work) {
        const database = await openDatabase(undefined, directory);
        try {
          return await work(database);
        } finally {
          await database.close();
        }
      },
    };
  }

  /**
   * One on a server: the database that SYNC_TEST_DATABASE_URL names, whose schema `mirror` is dropped, or else PGlite
   * in this process, which speaks PostgreSQL's protocol. The program's statements go through a proxy.
   */
  async onServer(): Promise<ServerDatabase> {
    this.#server ??= this.#startServer();
    const upstream = await this.#server;
    const use: TestDatabase["use"] = (work) => useServer(upstream.url, work);
    await use((database) => database.query("DROP SCHEMA IF EXISTS mirror CASCADE"));
    const {
      host,
      port,
      user = "postgres",
      database,
      password,
    } = new pg.Client({ connectionString: upstream.url });
    const proxy = new StatementProxy(host.startsWith("/") ? { path: join(host, SOCKET) } : { host, port });
    const directory = mkdtempSync(join(this.#parent, "proxy-"));
    await proxy.listen(directory);
    const url = new URL(`postgresql://host/${database}`);
    url.username = user;
    if (typeof password === "string") url.password = password;
    url.searchParams.set("host", directory);
    return {
      env: { DATABASE_URL: url.href },
      url: upstream.url,
      statements: proxy,
      use,
      [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
    };
  }

  async #startServer(): Promise<Upstream> {
    const given = process.env["SYNC_TEST_DATABASE_URL"];
    if (given !== undefined) return { url: given, [Symbol.asyncDispose]: async () => {} };
    const database = await PGlite.create(this.#directory);
    const directory = mkdtempSync(join(this.#parent, "socket-"));
    const server = new PGLiteSocketServer({ db: database, path: join(directory, SOCKET), maxConnections: 4 });
    await server.start();
    return {
      url: `postgresql://postgres@/postgres?host=${directory}`,
      async [Symbol.asyncDispose]() {
        await server.stop();
        await database.close();
      },
    };
  }
}

/** Connects to a server. Unlike `openDatabase()`, does not wait until the program is gone. */
async function useServer<T>(url: string, work: (database: Queryable) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work({
      query: async <Row extends object>(sql: string, parameters: readonly unknown[] = []) =>
        (await client.query<Row>(sql, [...parameters])).rows,
    });
  } finally {
    await client.end();
  }
}
