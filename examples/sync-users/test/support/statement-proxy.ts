import { createServer, connect as dial, type NetConnectOpts } from "node:net";
import { join } from "node:path";

/** The name by which PostgreSQL's clients find a socket in a directory. */
export const SOCKET = ".s.PGSQL.5432";

/** The first query of the program once it has a connection and tables. */
const FIRST = "SELECT generation, copying";

/** Stands between the program and its database, and counts the statements that it sends. */
export class StatementProxy implements AsyncDisposable {
  readonly #upstream: NetConnectOpts;
  readonly #server = createServer((client) => this.#serve(client));
  #left = Number.POSITIVE_INFINITY;
  #isCounting = false;
  #act: () => boolean = () => true;

  constructor(upstream: NetConnectOpts) {
    this.#upstream = upstream;
  }

  async listen(directory: string): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(join(directory, SOCKET), resolve));
  }

  /**
   * Calls `act` at the statement after the next `count` ones, counted from when the program reads its progress, and
   * before the server gets the statement. The server gets it only if `act` returns `true`.
   */
  at(count: number, act: () => boolean): void {
    this.#isCounting = false;
    this.#left = count;
    this.#act = act;
  }

  #serve(client: ReturnType<typeof dial>): void {
    const server = dial(this.#upstream);
    client.on("data", (data) => {
      if (this.#mayPass(data)) server.write(data);
    });
    server.pipe(client);
    client.on("close", () => server.destroy());
    server.on("close", () => client.destroy());
    client.on("error", () => {});
    server.on("error", () => {});
  }

  #mayPass(data: Buffer): boolean {
    this.#isCounting ||= data.includes(FIRST);
    if (!this.#isCounting) return true;
    this.#left -= 1;
    return this.#left === -1 ? this.#act() : true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
