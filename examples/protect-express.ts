/**
 * A service on Express that verifies its callers. Reads `ZITADEL_API_URL`, `ZITADEL_PROJECT_ID` and, for tokens that
 * are not JWTs, `ZITADEL_INTROSPECTION_KEY_FILE` or the other variables of introspection.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import express from "express";
import { createCallerVerifier } from "zitadel-connect/callers";

const verifier = createCallerVerifier({
  onError: ({ code, hint, cause }) => console.error(`Refused: ${code}. ${hint}`, cause ?? ""),
});

// The environment "test" keeps Express from logging each error that it responds to.
const app = express().set("env", "test");

// For anybody with a token for this service.
app.get("/me", verifier.middleware(), (request, response) => {
  const { subject, username, roles } = verifier.getCaller(request);
  response.json({ subject, username, roles });
});

// For anybody with the role "reader" in the organization in the path.
app.get(
  "/organizations/:id/orders",
  verifier.middleware<express.Request<{ id: string }>>({
    role: "reader",
    organizationId: (request) => request.params.id,
  }),
  (request, response) => {
    response.json({ orders: [], of: request.params.id });
  },
);

// By default, Express would respond with the error's stack.
app.use(((error, _request, response, _next) => {
  const {
    status = 500,
    headers = {},
    message,
  } = error as { status?: number; headers?: object; message: string };
  response
    .status(status)
    .set(headers)
    .json({ error: status < 500 ? message : "Something went wrong" });
}) satisfies express.ErrorRequestHandler);

const server = app.listen(Number(process.env["PORT"] ?? 3000));
await once(server, "listening");
console.log(`Listening on http://localhost:${(server.address() as AddressInfo).port}`);

process.once("SIGTERM", async () => {
  server.close();
  await verifier.close();
});
