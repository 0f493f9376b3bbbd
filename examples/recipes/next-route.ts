// app/api/users/[id]/route.ts of a Next.js application: callers need a role in the project, and get a user. The client
// and the verifier are created at the first request, since `next build` imports this file without the environment.
import { createZitadel, isNotFound, toJson, type Zitadel } from "zitadel-connect";
import { CallerError, type CallerVerifier, createCallerVerifier } from "zitadel-connect/callers";

export const runtime = "nodejs";

// One per process, even if the development server reloads this file.
const shared = globalThis as { zitadel?: Zitadel; verifier?: CallerVerifier };

interface Context {
  readonly params: Promise<{ id: string }>;
}

export async function GET(request: Request, { params }: Context): Promise<Response> {
  shared.zitadel ??= createZitadel();
  shared.verifier ??= createCallerVerifier({
    zitadel: shared.zitadel,
    projectId: process.env["ZITADEL_PROJECT_ID"] ?? "",
  });
  try {
    await shared.verifier.verifyRequest(request, { role: "reader" });
    const { user } = await shared.zitadel.user.v2.getUserByID({ userId: (await params).id });
    return Response.json(user && toJson(user));
  } catch (error) {
    if (error instanceof CallerError)
      return new Response(null, { status: error.status, headers: error.headers });
    if (isNotFound(error)) return new Response(null, { status: 404 });
    throw error;
  }
}
