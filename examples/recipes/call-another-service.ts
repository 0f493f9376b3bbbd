// A service for callers with the role "reader" in its project (ZITADEL_PROJECT_ID), and a client that calls it as the
// service user of the environment. The service verifies by introspection, with the key of an API application of the
// project (ZITADEL_INTROSPECTION_KEY_FILE). In practice these are two programs.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createZitadel, privateKeyJwt } from "zitadel-connect";
import { CallerError, createCallerVerifier } from "zitadel-connect/callers";

// The service.
const verifier = createCallerVerifier();
const server = createServer(async (request, response) => {
  try {
    const { subject } = await verifier.verifyRequest(request, { role: "reader" });
    response.end(JSON.stringify({ hello: subject }));
  } catch (error) {
    const { status, headers } = error instanceof CallerError ? error : { status: 500, headers: {} };
    response.writeHead(status, headers).end();
  }
});
await once(server.listen(0, "localhost"), "listening");

// The client: its token is for the project of the service.
const projectIds = [process.env["ZITADEL_PROJECT_ID"] ?? ""];
const auth = privateKeyJwt({ keyFile: process.env["ZITADEL_KEY_FILE"] ?? "", projectIds });
await using zitadel = createZitadel({ url: process.env["ZITADEL_API_URL"] ?? "", auth });
const { token } = await zitadel.getAccessToken();
const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
console.log(response.status, await response.text());

server.closeAllConnections();
server.close();
await verifier.close();
