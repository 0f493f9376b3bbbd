/**
 * A service on Fastify that verifies its callers. Reads `ZITADEL_API_URL`, `ZITADEL_PROJECT_ID` and, for tokens that
 * are not JWTs, `ZITADEL_INTROSPECTION_KEY_FILE` or the other variables of introspection.
 */
import fastify, { type FastifyRequest } from "fastify";
import { createCallerVerifier } from "zitadel-connect/callers";

const verifier = createCallerVerifier({
  onError: ({ code, hint, cause }) => console.error(`Refused: ${code}. ${hint}`, cause ?? ""),
});

const app = fastify();

// For anybody with a token for this service.
app.get("/me", { onRequest: verifier.middleware() }, (request) => {
  const { subject, username, roles } = verifier.getCaller(request);
  return { subject, username, roles };
});

// For anybody with the role "reader" in the organization in the path.
const readerInOrganization = verifier.middleware<FastifyRequest>({
  role: "reader",
  organizationId: ({ params }) => (params as { id: string }).id,
});
app.get<{ Params: { id: string } }>(
  "/organizations/:id/orders",
  { onRequest: readerInOrganization },
  ({ params }) => ({ orders: [], of: params.id }),
);

const url = await app.listen({ port: Number(process.env["PORT"] ?? 3000) });
console.log(`Listening on ${url}`);

process.once("SIGTERM", async () => {
  await app.close();
  await verifier.close();
});
