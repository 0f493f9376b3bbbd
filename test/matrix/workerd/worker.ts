import { env } from "cloudflare:workers";
import { Code, createZitadel, isZitadelError, privateKeyJwt, systemUser } from "zitadel-connect";
import { createCallerVerifier } from "zitadel-connect/callers";
import { makeCalls } from "./compiled/calls.mjs";

// As a Worker does it: one client for all requests, made with the module, by the variables of its environment.
const zitadel = createZitadel();
const brief = createZitadel({ timeoutMs: 300 });
const operator = createZitadel({ auth: systemUser({ userId: "operator", key: env.OPERATOR_KEY }) });
const verifier = createCallerVerifier({ zitadel, introspection: JSON.parse(env.APPLICATION) });

const routes: Record<string, (request: Request) => Promise<unknown>> = {
  "/calls": async () => {
    await makeCalls(JSON.parse(env.INSTANCE));
    return "calls made";
  },
  "/user": async () => (await zitadel.auth.v1.getMyUser()).user?.id,
  "/users": async () =>
    (await Promise.all(Array.from({ length: 20 }, () => zitadel.auth.v1.getMyUser()))).length,
  "/brief": async () => (await brief.user.v2.getUserByID({ userId: "1" })).user?.userId,
  "/instances": async () => (await operator.system.v1.listInstances()).result.length,
  "/caller": async (request) => (await verifier.verifyRequest(request)).subject,
  "/key-file": async () => privateKeyJwt({ keyFile: "/etc/zitadel/key.json" }),
  "/tls": async () => createZitadel({ tls: {} }),
};

export default {
  async fetch(request: Request): Promise<Response> {
    const started = Date.now();
    try {
      const result = await routes[new URL(request.url).pathname]?.(request);
      return Response.json({ result });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const code = isZitadelError(error) ? Code[error.code] : error.name;
      return Response.json({ code, message: error.message, elapsedMs: Date.now() - started });
    }
  },
};
