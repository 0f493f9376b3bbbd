import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Certificate } from "./certificate.ts";

/** For the option `skip` of a test that needs nginx. */
export const withoutNginx: string | false = isInstalled() ? false : "nginx is not installed";

export interface NginxOptions {
  /** The server behind it, as an origin. Its certificate is not verified. */
  readonly upstream: string;
  /** How requests are forwarded: `grpc` is gRPC over HTTP/2, `proxy` anything over HTTP/1.1. Default: proxy. */
  readonly pass?: "proxy" | "grpc" | undefined;
  /** The version of HTTP. On TLS, `http2` offers HTTP/1.1 as well. Default: http2. */
  readonly listen?: "http2" | "http1" | undefined;
  /** The certificate for TLS. Default: plain text. */
  readonly certificate?: Certificate | undefined;
  /** More lines for the `http` block. */
  readonly http?: readonly string[] | undefined;
  /** More lines for the `server` block. */
  readonly server?: readonly string[] | undefined;
  /** More lines for the `location` block. */
  readonly location?: readonly string[] | undefined;
}

/** An nginx just for the test, in front of `upstream`. */
export interface Nginx extends AsyncDisposable {
  readonly origin: string;
  /** Starts new workers as an operator does; the old ones send GOAWAY. Resolves when the new ones are ready. */
  reload(): Promise<void>;
}

/** Starts an nginx on a free port of loopback, with files of its own. The system's service is not touched. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  for (let tries = 3; ; tries--) {
    try {
      return await start(options, await findFreePort());
    } catch (error) {
      if (tries === 0 || !String(error).includes("Address already in use")) throw error;
    }
  }
}

async function start(options: NginxOptions, port: number): Promise<Nginx> {
  const directory = mkdtempSync(join(tmpdir(), "nginx-"));
  const file = join(directory, "nginx.conf");
  writeFileSync(file, configuration(options, directory, port));
  // Errors from before it has read its configuration would go to the system's log.
  const child = spawn("nginx", ["-p", directory, "-c", file, "-e", "stderr"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    process.off("exit", kill);
    rmSync(directory, { recursive: true });
  };
  const log = new Log(child);
  try {
    await log.next(/start worker process \d/);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    origin: `${options.certificate === undefined ? "http" : "https"}://localhost:${port}`,
    async reload() {
      const started = log.next(/start worker process \d/);
      const going = log.next(/gracefully shutting down/);
      child.kill("SIGHUP");
      await Promise.all([started, going]);
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** The log of nginx, line by line. */
class Log {
  readonly #lines: string[] = [];
  readonly #waiting = new Set<{ pattern: RegExp; found: () => void; failed: (error: Error) => void }>();

  constructor(child: ChildProcess) {
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on("line", (line) => {
      this.#lines.push(line);
      for (const one of this.#waiting) {
        if (!one.pattern.test(line)) continue;
        this.#waiting.delete(one);
        one.found();
      }
    });
    child.once("error", (error) => this.#fail(error));
    child.once("close", () => this.#fail(new Error(`nginx ended:\n${this.#lines.join("\n")}`)));
  }

  /** The next line that matches. */
  next(pattern: RegExp): Promise<void> {
    return new Promise((found, failed) => this.#waiting.add({ pattern, found, failed }));
  }

  #fail(error: Error): void {
    for (const { failed } of this.#waiting) failed(error);
    this.#waiting.clear();
  }
}

function configuration(options: NginxOptions, directory: string, port: number): string {
  const { upstream, pass = "proxy", listen = "http2", certificate } = options;
  const { host, protocol } = new URL(upstream);
  const secure = protocol === "https:" ? "s" : "";
  const parameters = [
    ...(certificate === undefined ? [] : ["ssl"]),
    ...(listen === "http2" ? ["http2"] : []),
  ];
  const tls = certificate === undefined ? [] : ["ssl_certificate tls.pem;", "ssl_certificate_key tls.pem;"];
  if (certificate !== undefined)
    writeFileSync(join(directory, "tls.pem"), certificate.cert + certificate.key);
  const passed =
    pass === "grpc"
      ? [`grpc_pass grpc${secure}://${host};`, "grpc_set_header Host $http_host;"]
      : [
          `proxy_pass http${secure}://${host};`,
          "proxy_http_version 1.1;",
          "proxy_set_header Host $http_host;",
        ];
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off;
${process.getuid?.() === 0 ? "user root;" : ""}
worker_processes 1;
pid nginx.pid;
error_log stderr notice;
events { worker_connections 512; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${name};`).join("\n  ")}
  ${(options.http ?? []).join("\n  ")}
  server {
    listen ${[`127.0.0.1:${port}`, ...parameters].join(" ")};
    ${[...tls, ...(options.server ?? [])].join("\n    ")}
    location / {
      ${[...passed, ...(options.location ?? [])].join("\n      ")}
    }
  }
}
`;
}

async function findFreePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function isInstalled(): boolean {
  return spawnSync("nginx", ["-v"]).error === undefined;
}
