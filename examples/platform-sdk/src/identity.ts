import { createZitadel, hasErrorId, type Zitadel } from "zitadel-connect";
import { type AcmeServices, defaults } from "./defaults.ts";
import { toAcmeError } from "./error.ts";
import { type AcmeUser, asAcmeUser } from "./user.ts";

export interface IdentityOptions {
  /** The calling service, with its version, such as `billing/2.1`. */
  readonly service: string;
  /** The settings of the deployment. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

export interface NewUser {
  readonly email: string;
  readonly givenName: string;
  readonly familyName: string;
}

/** Acme's users. Everything but `zitadel` throws an AcmeIdentityError. */
export interface Identity extends AsyncDisposable {
  findUserByEmail(email: string): Promise<AcmeUser | undefined>;
  /** Returns the id of the new user, who must verify the address. */
  provisionUser(user: NewUser): Promise<string>;
  /** Does nothing if the user is already inactive. */
  deactivateUser(userId: string): Promise<void>;
  /** The generated client, for what is missing above. Its errors can be passed to `toAcmeError()`. */
  readonly zitadel: Zitadel<AcmeServices>;
}

/** Create one when the service starts. */
export function createIdentity({ service, env = process.env }: IdentityOptions): Identity {
  const zitadel = createZitadel(defaults(service, env));
  const users = zitadel.user.v2;
  return {
    zitadel,
    findUserByEmail: (emailAddress) =>
      translated(async () => {
        const byEmail = { case: "emailQuery", value: { emailAddress } } as const;
        const { result } = await users.listUsers({ query: { limit: 1 }, queries: [{ query: byEmail }] });
        return result.map(asAcmeUser)[0];
      }),
    provisionUser: ({ email, ...profile }) =>
      translated(async () => {
        const { userId } = await users.addHumanUser({ username: email, profile, email: { email } });
        return userId;
      }),
    deactivateUser: (userId) =>
      translated(async () => {
        await users.deactivateUser({ userId }).catch(unlessAlreadyInactive);
      }),
    [Symbol.asyncDispose]: () => zitadel.close(),
  };
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  return await work().catch((error: unknown) => Promise.reject(toAcmeError(error)));
}

function unlessAlreadyInactive(error: unknown): void {
  if (!hasErrorId(error, "COMMAND-5gunjw0cd7")) throw error;
}
