// What a first call needs from an instance: discovery, tokens, and one RPC. With a certificate it uses TLS 1.3, where
// HTTP/2 is chosen if the client offers it, and HTTP/1.1 otherwise, since some clients request tokens over that; without
// one, it uses HTTP/2 without TLS.
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import type { Certificate } from "../../test/transport/support/certificate.ts";
import { createList, isGrpc } from "../lists-server.ts";

const USERS = 5;
export const PERSONAL_ACCESS_TOKEN = "p".repeat(71);
const ISSUED_TOKEN = "i".repeat(120);

export interface Instance extends AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number;
  /** The number of requests. */
  readonly requests: number;
}

export async function startInstance(certificate?: Certificate): Promise<Instance> {
  const settings = { maxConcurrentStreams: 250 };
  const server =
    certificate === undefined
      ? http2.createServer({ settings })
      : http2.createSecureServer({ ...certificate, minVersion: "TLSv1.3", allowHTTP1: true, settings });
  const users = createList(USERS);
  const handlers: Readonly<Record<string, Handler>> = {
    "/.well-known/openid-configuration": discovery,
    "/oauth/v2/token": token,
  };
  let requests = 0;
  server.on("request", async (request, response) => {
    requests += 1;
    const body = await read(request);
    (handlers[request.url] ?? list(users))(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get requests() {
      return requests;
    },
    // The proxy in front has closed the connections by then.
    [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

/** `node:http` has the same methods for requests over HTTP/1.1. */
type Handler = (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse, body: string) => void;

async function read(request: http2.Http2ServerRequest): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Zitadel derives its issuer from the host of the request. */
const discovery: Handler = ({ headers }, response) => {
  const issuer = `${headers[":scheme"] ?? "https"}://${headers[":authority"] ?? headers.host}`;
  json(response, 200, {
    issuer,
    authorization_endpoint: `${issuer}/oauth/v2/authorize`,
    token_endpoint: `${issuer}/oauth/v2/token`,
    jwks_uri: `${issuer}/oauth/v2/keys`,
  });
};

/** Accepts any complete credential: the cost of verifying it is not measured here. */
const token: Handler = ({ headers }, response, body) => {
  const parameters = new URLSearchParams(body);
  const signed = (parameters.get("assertion") ?? "").split(".").length === 3;
  const basic = headers.authorization?.startsWith("Basic ") ?? false;
  const grantType = parameters.get("grant_type");
  const good =
    (grantType === "client_credentials" && basic) ||
    (grantType === "urn:ietf:params:oauth:grant-type:jwt-bearer" && signed);
  if (!good) json(response, 400, { error: "invalid_request" });
  else json(response, 200, { access_token: ISSUED_TOKEN, token_type: "Bearer", expires_in: 43_199 });
};

function list({ plain, framed }: ReturnType<typeof createList>): Handler {
  const bearers = [PERSONAL_ACCESS_TOKEN, ISSUED_TOKEN].map((bearer) => `Bearer ${bearer}`);
  return ({ headers }, response) => {
    const contentType = headers["content-type"] ?? "";
    if (!bearers.includes(headers.authorization ?? ""))
      return json(response, 401, { code: "unauthenticated" });
    response.writeHead(200, { "content-type": contentType });
    if (isGrpc(contentType)) response.addTrailers({ "grpc-status": "0" });
    response.end(isGrpc(contentType) ? framed : plain);
  };
}

function json(response: http2.Http2ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
