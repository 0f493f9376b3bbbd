import { createZitadel, type Zitadel, type ZitadelOptions } from "zitadel-connect";
import { services } from "../gen/services.js";
import type { User } from "../gen/zitadel/user/v2/user_pb.js";
import { translated } from "./errors.ts";
import { teamHeader } from "./team-header.ts";

/** What a service of Acme decides; the rest is the same everywhere. */
export interface IdentityOptions extends Pick<ZitadelOptions, "url" | "auth"> {
  /** The team that runs the service. */
  readonly team: string;
}

/** A person, as Acme's services know one. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** The people of Acme. */
export interface AcmeIdentity extends AsyncDisposable {
  person(id: string): Promise<Person>;
  people(): AsyncIterable<Person>;
  hire(person: Omit<Person, "id"> & { readonly familyName: string }): Promise<string>;
  dismiss(id: string): Promise<void>;
}

/** Creates the one client that a service of Acme needs. The URL and the credential are in its environment. */
export function createAcmeIdentity({ team, ...options }: IdentityOptions): AcmeIdentity {
  const zitadel = createZitadel({
    ...options,
    services,
    userAgent: `acme-identity/1.0 (${team})`,
    interceptors: [teamHeader(team)],
  });
  return { ...people(zitadel), [Symbol.asyncDispose]: () => zitadel.close() };
}

function people({
  user: { v2: users },
}: Zitadel<typeof services>): Omit<AcmeIdentity, keyof AsyncDisposable> {
  return {
    async person(id) {
      const { user } = await translated(users.getUserByID({ userId: id }));
      return personOf(user);
    },
    async *people() {
      for await (const user of users.listUsers()) yield personOf(user);
    },
    async hire({ name, familyName, email }) {
      const { userId } = await translated(
        users.addHumanUser({
          username: email,
          profile: { givenName: name, familyName },
          email: { email, verification: { case: "isVerified", value: true } },
        }),
      );
      return userId;
    },
    async dismiss(id) {
      await translated(users.deleteUser({ userId: id }));
    },
  };
}

function personOf(user: User | undefined): Person {
  const human = user?.type.case === "human" ? user.type.value : undefined;
  return {
    id: user?.userId ?? "",
    name: human?.profile?.displayName ?? user?.username ?? "",
    email: human?.email?.email ?? "",
  };
}
