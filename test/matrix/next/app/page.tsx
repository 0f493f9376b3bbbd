import { redirect } from "next/navigation";
import { readInstance } from "../lib/instance";
import { getZitadel } from "../lib/zitadel";
import { makeCalls } from "../shared/calls";

async function callFromAction(): Promise<void> {
  "use server";
  const { user } = await getZitadel().auth.v1.getMyUser();
  await makeCalls(readInstance());
  redirect(`/?by=${user?.id}`);
}

export default function Page() {
  return (
    <form action={callFromAction}>
      <button type="submit">Call</button>
    </form>
  );
}
