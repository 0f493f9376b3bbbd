import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { AuthEvent } from "../../../src/auth/auth-event.ts";
import type { AuthContext } from "../../../src/auth/auth-method.ts";
import { httpClient } from "./http-client.ts";

export interface TokenServerRequest {
  readonly form: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  /** Counts token requests, from 1. */
  readonly count: number;
}

export interface TokenServerResponse {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
}

type Handler = (request: TokenServerRequest, response: ServerResponse) => TokenServerResponse | undefined;

/** A server on a loopback port with discovery and a token endpoint whose responses the test chooses. */
export class TokenServer {
  readonly requests: TokenServerRequest[] = [];
  discoveries = 0;
  /** The paths of the token endpoint. */
  paths: readonly string[] = ["/oauth/v2/token"];
  origin = "";
  /** Undefined: the handler has responded, or lets the request hang. */
  onToken: Handler = ({ count }) => granted(`token-${count}`);
  onDiscovery: (response: ServerResponse) => TokenServerResponse | undefined = () => ({
    body: { issuer: this.origin, token_endpoint: `${this.origin}/oauth/v2/token` },
  });

  static async start(test: TestContext): Promise<TokenServer> {
    const self = new TokenServer();
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const planned = self.#respond(
          request.url ?? "",
          Buffer.concat(chunks).toString(),
          request.headers,
          response,
        );
        if (planned !== undefined) send(response, planned);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    self.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    test.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return self;
  }

  #respond(
    path: string,
    body: string,
    headers: IncomingHttpHeaders,
    response: ServerResponse,
  ): TokenServerResponse | undefined {
    if (path === "/.well-known/openid-configuration") {
      this.discoveries += 1;
      return this.onDiscovery(response);
    }
    if (!this.paths.includes(path)) return { status: 404, body: { code: 5, message: "Not Found" } };
    const request = { form: new URLSearchParams(body), headers, path, count: this.requests.length + 1 };
    this.requests.push(request);
    return this.onToken(request, response);
  }

  get last(): TokenServerRequest {
    const last = this.requests.at(-1);
    if (last === undefined) throw new Error("no token request was made");
    return last;
  }

  /** The context that a client would pass, with a record of the events. */
  context(overrides: Partial<AuthContext> = {}): AuthContext & { readonly events: AuthEvent[] } {
    const events: AuthEvent[] = [];
    return {
      origin: this.origin,
      http: httpClient,
      onEvent: (event) => events.push(event),
      ...overrides,
      events,
    };
  }
}

export function granted(token: string, expiresIn: unknown = 43_199): TokenServerResponse {
  return { body: { access_token: token, token_type: "Bearer", expires_in: expiresIn } };
}

export function refused(error: string, description: string, status = 400): TokenServerResponse {
  return { status, body: { error, error_description: description } };
}

export function plainText(status: number, body: string): TokenServerResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: TokenServerResponse): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(text);
}
