import * as http from "node:http";
import * as https from "node:https";
import { dial } from "../../transport/dial/dial.ts";
import { CodegenError } from "../errors.ts";
import { removeCredentials } from "./credentials.ts";
import type { InstanceOptions } from "./reflection/instance.ts";

/** How to reach a file: some of the options for an instance. */
export type DownloadOptions = Pick<InstanceOptions, "tls" | "proxy" | "timeoutMs">;

/** The most that is downloaded, in bytes, before it is decompressed. */
const MAX_DOWNLOAD_BYTES = 256 * 1024 * 1024;
const MAX_REDIRECTS = 5;
/** An archive of a repository may be large, and the network slow. */
const TIMEOUT_MS = 300_000;

/** Downloads a file over HTTP or HTTPS, with the user and password in the URL, if any. Follows redirects. */
export async function download(url: URL, options: DownloadOptions): Promise<Buffer> {
  const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  const authorization = toAuthorization(url);
  try {
    let at = url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const headers = at.origin === url.origin ? authorization : {};
      const response = await request(at, { ...options, headers, signal });
      const {
        statusCode = 0,
        headers: { location },
      } = response;
      if (statusCode === 200) return await read(response);
      response.destroy();
      if (statusCode < 300 || statusCode > 399 || location === undefined) {
        throw new CodegenError(`the server responds with HTTP ${statusCode}`);
      }
      at = toRedirectUrl(at, location);
    }
    throw new CodegenError("the server redirects too many times");
  } catch (error) {
    const problem = signal.aborted
      ? "the download took too long"
      : error instanceof Error
        ? error.message
        : error;
    throw new CodegenError(`${removeCredentials(url.href)}: ${removeCredentials(String(problem))}`);
  }
}

function toAuthorization({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

function toRedirectUrl(from: URL, location: string): URL {
  const to = URL.parse(location, from.href);
  if (
    to === null ||
    !/^https?:$/.test(to.protocol) ||
    (from.protocol === "https:" && to.protocol === "http:")
  ) {
    throw new CodegenError("the server redirects to a URL that is not HTTPS");
  }
  return to;
}

interface RequestOptions extends DownloadOptions {
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
}

async function request(
  url: URL,
  { tls = {}, proxy = "environment", headers, signal }: RequestOptions,
): Promise<http.IncomingMessage> {
  const { request: send } = url.protocol === "https:" ? https : http;
  const target = {
    protocol: url.protocol,
    host: url.hostname,
    port: url.port,
    path: url.pathname + url.search,
  };
  return await new Promise((resolve, reject) => {
    const createConnection: http.RequestOptions["createConnection"] = (_, created) => {
      dial({ origin: url.origin, tls, proxy }, ["http/1.1"], signal).then(
        (socket) => created(null, socket),
        // If there is an error, the socket is ignored.
        (error: Error) => created(error, undefined as never),
      );
      return undefined;
    };
    const all = { host: url.host, connection: "close", "user-agent": "zitadel-connect", ...headers };
    send({ ...target, headers: all, signal, createConnection }, resolve)
      .on("error", reject)
      .end();
  });
}

async function read(response: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_DOWNLOAD_BYTES) throw new CodegenError(`it has more than ${MAX_DOWNLOAD_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
