import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const RUNTIME = join(import.meta.dirname, "lambda-runtime.ts");

interface Invocation {
  readonly id: string;
  readonly event: object;
  readonly timeoutMs: number;
  readonly resolve: (outcome: Outcome) => void;
}

/** The outcome of an invocation: the response, or the error. */
export interface Outcome {
  readonly response?: unknown;
  readonly error?: { readonly errorType: string; readonly errorMessage: string };
}

/** One execution environment of AWS Lambda, with its runtime API, which freezes between invocations. */
export class Lambda implements AsyncDisposable {
  readonly #server: http.Server;
  readonly #environment: ChildProcess;
  readonly #waiting: http.ServerResponse[] = [];
  readonly #invocations: Invocation[] = [];
  readonly #running = new Map<string, Invocation>();

  private constructor(server: http.Server, handler: string, env: NodeJS.ProcessEnv) {
    this.#server = server;
    const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
    const { port } = server.address() as AddressInfo;
    this.#environment = spawn(process.execPath, [RUNTIME, handler], {
      env: { ...inherited, ...env, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` },
      stdio: ["ignore", "inherit", "inherit"],
    });
    server.on("request", (request, response) => void this.#serve(request, response));
  }

  /** Starts an environment for the handler in a file. */
  static async start(handler: string, env: NodeJS.ProcessEnv): Promise<Lambda> {
    const server = http.createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Lambda(server, handler, env);
  }

  invoke(event: object, timeoutMs = 10_000): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#invocations.push({ id: randomUUID(), event, timeoutMs, resolve });
    this.#dispatch();
    return promise;
  }

  /** Freezes it, as Lambda does with an idle environment. */
  freeze(): void {
    this.#environment.kill("SIGSTOP");
  }

  thaw(): void {
    this.#environment.kill("SIGCONT");
  }

  #dispatch(): void {
    while (this.#waiting.length > 0 && this.#invocations.length > 0) {
      const [response, invocation] = [this.#waiting.shift(), this.#invocations.shift()];
      if (response === undefined || invocation === undefined) return;
      this.#running.set(invocation.id, invocation);
      response.setHeader("lambda-runtime-aws-request-id", invocation.id);
      response.setHeader("lambda-runtime-deadline-ms", Date.now() + invocation.timeoutMs);
      response.end(JSON.stringify(invocation.event));
    }
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const [, id = "", what] = /\/invocation\/([^/]+)(?:\/(\w+))?$/.exec(request.url ?? "") ?? [];
    if (id === "next") {
      this.#waiting.push(response);
      this.#dispatch();
      return;
    }
    const body = JSON.parse(await text(request));
    response.writeHead(202).end();
    this.#running.get(id)?.resolve(what === "error" ? { error: body } : { response: body });
    this.#running.delete(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#environment.kill("SIGKILL");
    if (this.#environment.exitCode === null && this.#environment.signalCode === null) {
      await once(this.#environment, "exit");
    }
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
