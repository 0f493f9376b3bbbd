import { bulk, createZitadel, privateKeyJwt, type Zitadel } from "zitadel-connect";

/** A throwaway instance for a first look. */
export interface Demo extends AsyncDisposable {
  readonly url: string;
  readonly zitadel: Zitadel;
}

/** Starts an emulator with this many users. */
export async function startDemo(users: number): Promise<Demo> {
  const { startEmulator } = await import("zitadel-connect/testing");
  const emulator = await startEmulator();
  const auth = privateKeyJwt({ key: emulator.serviceUser.keyFile });
  const zitadel = createZitadel({ url: emulator.url, auth });
  await addPeople(zitadel, users);
  return {
    url: emulator.url,
    zitadel,
    async [Symbol.asyncDispose]() {
      await zitadel.close();
      await emulator.close();
    },
  };
}

async function addPeople(zitadel: Zitadel, count: number): Promise<void> {
  const organizations = await bulk(["Acme", "Initech", "Umbrella"], (name) =>
    zitadel.org.v2.addOrganization({ name }),
  );
  const ids = organizations.flatMap((result) =>
    result.status === "fulfilled" ? [result.value.organizationId] : [],
  );
  const numbers = Array.from({ length: count }, (_, number) => number);
  await bulk(numbers, (number, { signal }) =>
    zitadel.user.v2.addHumanUser(
      {
        organization: { org: { case: "orgId", value: ids[number % ids.length] ?? "" } },
        username: `person-${number}`,
        profile: { givenName: "Ada", familyName: `Number ${number}` },
        email: { email: `person-${number}@example.com`, verification: { case: "isVerified", value: true } },
      },
      { signal },
    ),
  );
}
