/**
 * A service on Fastify that knows its callers. Reads `ZITADEL_API_URL`, `ZITADEL_PROJECT_ID` and, for tokens that are no
 * JWTs, `ZITADEL_INTROSPECTION_KEY_FILE` or what else introspection is configured by.
 */
import fastify, { type FastifyRequest } from "fastify";
import { createCallerVerifier } from "zitadel-connect/callers";

const verifier = createCallerVerifier({
  onError: ({ code, hint, cause }) => console.error(`Not let in: ${code}. ${hint}`, cause ?? ""),
});

const app = fastify();

// Whoever has a token for this service.
app.get("/me", { onRequest: verifier.middleware() }, (request) => {
  const { subject, username, roles } = verifier.getCaller(request);
  return { subject, username, roles };
});

// Whoever has the role "reader" in the organization that the path names.
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
