import { readInstance } from "../../../lib/instance";
import { getZitadel, version } from "../../../lib/zitadel";
import { makeCalls } from "../../../shared/calls";

export const dynamic = "force-dynamic";

export async function GET(): Promise<Response> {
  const { user } = await getZitadel().auth.v1.getMyUser();
  await makeCalls(readInstance());
  return Response.json({ userId: user?.id, version });
}
