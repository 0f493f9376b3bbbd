import { unpackText } from "../auth/credential/stored-text.ts";
import { ZitadelError } from "../errors/zitadel-error.ts";
import { callBack } from "../shared/call-back.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import {
  checkOptions,
  requireFunction,
  requireKnown,
  requireObject,
  requireOneOf,
  requireString,
} from "../shared/invalid-option.ts";
import { type CredentialStore, resolveStoreOption } from "./credential-store.ts";
import {
  addKey,
  addSecret,
  addToken,
  listCredentials,
  type Owner,
  removeKey,
  removeSecret,
  removeToken,
} from "./credentials.ts";
import { formatTime, isSameTime, type MarkedTime, markTime, toTime } from "./expiry-mark.ts";
import { makePrivateKey, toKeyFile, toPublicKey } from "./key-pair.ts";
import type { ServiceUserManager } from "./manager.ts";
import { addRoles, listMemberships, listMyPermissions, type Membership, removeRoles } from "./memberships.ts";
import { Rollback } from "./rollback.ts";
import { requireContext, resolveExpiry } from "./rotation-options.ts";
import { ServiceUserError } from "./service-user-error.ts";
import {
  type CredentialMethod,
  isRefusal,
  type SignInOptions,
  signIn,
  tryToSignIn,
  type UsableCredential,
} from "./sign-in.ts";
import {
  describePlace,
  requirePermissions,
  type ServiceUserStep,
  toMemberPermission,
  toStep,
} from "./steps.ts";
import { createMachine, deleteUser, type FoundUser, findUser, readCaller, readUser } from "./users.ts";
import { isMissing, requireRoles, toMemberships } from "./wanted-roles.ts";

/** Options of {@link createServiceUser}. */
export type CreateServiceUserOptions = {
  /** The user name, by which the next run finds the user. */
  readonly username: string;
  /** The display name. Default: the user name. */
  readonly name?: string | undefined;
  /** A description, for display. Default: none. */
  readonly description?: string | undefined;
  /** The organization of the user. Default: the caller's. */
  readonly organizationId?: string | undefined;
  /**
   * Its roles: on the instance (`IAM_…`), in its organization (`ORG_…`) or in a project (`PROJECT_…`). Default: none,
   * with which it may manage only itself.
   */
  readonly roles?: readonly string[] | undefined;
  /** The id of the project that project roles are for. */
  readonly projectId?: string | undefined;
  /** How it authenticates. Use a key in production. Default: `key`. */
  readonly method?: CredentialMethod | undefined;
  /** When the key or the token expires; a secret never does. Default: in one year. */
  readonly expirationDate?: Date | undefined;
  /** Called before anything is done, with all steps and the permissions they need. Exceptions from it are ignored. */
  readonly onPlan?: ((steps: readonly ServiceUserStep[]) => void) | undefined;
  /** Called when a step is done. Exceptions from it are ignored. */
  readonly onStep?: ((step: ServiceUserStep) => void) | undefined;
  /** Ends the job after the current step; earlier steps are undone. */
  readonly signal?: AbortSignal | undefined;
} & (
  | {
      /**
       * The path of the file for the credential. It gets mode 0600, and the form that `keyFile`, `clientSecretFile` or
       * `tokenFile` accepts.
       */
      readonly file: string;
      readonly store?: undefined;
    }
  | {
      /** Where to store the credential instead. */
      readonly store: CredentialStore;
      readonly file?: undefined;
    }
);

/** A service user that now exists, and whose credential has signed in. */
export interface CreatedServiceUser {
  readonly userId: string;
  readonly organizationId: string;
  /** The client id for client credentials. */
  readonly loginName: string;
  readonly method: CredentialMethod;
  /** The id of the key or token. Absent if there was nothing to do, and for secrets. */
  readonly credentialId?: string | undefined;
  /** When the credential expires. Absent if there was nothing to do, and for secrets. */
  readonly expirationDate?: Date | undefined;
  /** `created`: everything; `completed`: what an earlier run had left undone; `unchanged`: nothing. */
  readonly outcome: "created" | "completed" | "unchanged";
}

/**
 * Creates a service user with roles and one credential, signs in with the credential, and stores it. If a step fails,
 * all earlier steps are undone. A second run with the same options does only what is missing, which may be nothing.
 * Works with servers that have only v1.
 *
 * Needs the permission `user.write` (ORG_USER_MANAGER), and to grant roles `org.member.write` (ORG_OWNER),
 * `project.member.write` (PROJECT_OWNER) or `iam.member.write` (IAM_OWNER). All are checked before anything is done.
 *
 * @example
 * ```ts
 * import { createServiceUser } from "zitadel-connect/service-users";
 *
 * await createServiceUser(zitadel, { username: "billing", file: "billing.json" });
 * ```
 *
 * @throws TypeError if an option is invalid, a ServiceUserError if the caller lacks a permission or the name is taken,
 * and the errors of the calls
 */
export async function createServiceUser(
  zitadel: ServiceUserManager,
  options: CreateServiceUserOptions,
): Promise<CreatedServiceUser> {
  return await createInSteps(zitadel, options, systemClock);
}

const CALLER = "createServiceUser()";

const KNOWN: Record<keyof CreateServiceUserOptions, true> = {
  username: true,
  name: true,
  description: true,
  organizationId: true,
  roles: true,
  projectId: true,
  method: true,
  expirationDate: true,
  onPlan: true,
  onStep: true,
  signal: true,
  file: true,
  store: true,
};

const FOREIGN = { userName: "username", role: "roles", keyFile: "file", out: "file" };

/** `createServiceUser()` with an injected clock. */
export async function createInSteps(
  zitadel: ServiceUserManager,
  options: CreateServiceUserOptions,
  clock: Clock,
): Promise<CreatedServiceUser> {
  const { context, store, path, expiresAt } = checkOptions(CALLER, () => {
    const found = requireContext(zitadel);
    requireObject("its second argument", options, "{ username, file }");
    requireKnown("", options, KNOWN, FOREIGN);
    requireString("username", options.username);
    for (const name of ["name", "description", "organizationId", "projectId"] as const) {
      if (options[name] !== undefined) requireString(name, options[name]);
    }
    requireOneOf("method", options.method, ["key", "secret", "pat"]);
    requireFunction("onPlan", options.onPlan);
    requireFunction("onStep", options.onStep);
    requireRoles(options);
    const expires = resolveExpiry(options.expirationDate, clock);
    return { context: found, ...resolveStoreOption(options, "file"), expiresAt: expires };
  });
  const signInOptions = { zitadel, context, clock, signal: options.signal };
  const expires = markTime(expiresAt, undefined);
  return await new Creation({ zitadel, options, store, path, expires, signInOptions }).run();
}

interface CreationOptions {
  readonly zitadel: ServiceUserManager;
  readonly options: CreateServiceUserOptions;
  readonly store: CredentialStore;
  readonly path: string | undefined;
  readonly expires: MarkedTime;
  readonly signInOptions: SignInOptions;
}

/** What already exists, and what remains to be done. */
interface Plan {
  readonly organizationId: string;
  /** The user, if an earlier run created it. */
  readonly user: FoundUser | undefined;
  /** Roles that it does not have yet. */
  readonly missing: readonly Membership[];
  /** Whether the stored credential signs in as the user. */
  readonly isStored: boolean;
}

class Creation {
  readonly #given: CreationOptions;
  readonly #method: CredentialMethod;
  readonly #rollback = new Rollback();

  constructor(given: CreationOptions) {
    this.#given = given;
    this.#method = given.options.method ?? "key";
  }

  async run(): Promise<CreatedServiceUser> {
    const { zitadel, options } = this.#given;
    const self = await readCaller(zitadel);
    const plan = await this.#plan(options.organizationId ?? self.organizationId);
    const steps = this.#toSteps(plan);
    callBack(() => options.onPlan?.(steps));
    if (steps.some(({ permission }) => permission !== undefined)) {
      const permissions = await listMyPermissions(zitadel, plan.organizationId);
      requirePermissions(steps, permissions, JSON.stringify(self.loginName));
    }
    try {
      return await this.#execute(plan, steps);
    } catch (error) {
      await this.#rollback.run(error);
      throw error;
    }
  }

  async #plan(organizationId: string): Promise<Plan> {
    const { zitadel, options, store } = this.#given;
    const [user, stored] = await Promise.all([
      findUser(zitadel, options.username, organizationId),
      store.read(),
    ]);
    if (user !== undefined) requireReusable(user);
    const wanted = toMemberships(options, organizationId);
    const isStored = await this.#isStored(user, stored);
    if (this.#method === "secret" && user?.hasSecret && !isStored) throw secretExists(user);
    const held = user === undefined ? [] : ((await listMemberships(zitadel, [user])).get(user.userId) ?? []);
    return { organizationId, user, isStored, missing: wanted.filter((one) => isMissing(one, held)) };
  }

  /** Whether the credential already exists. Somebody else's is never overwritten. */
  async #isStored(user: FoundUser | undefined, stored: string | undefined): Promise<boolean> {
    if (stored === undefined || stored.trim() === "") return false;
    const { path, signInOptions } = this.#given;
    const where = path === undefined ? "The store" : JSON.stringify(path);
    const taken = (what: string): ServiceUserError =>
      new ServiceUserError("conflict", {
        summary: `${where} has ${what}, which would be lost`,
        hint: "Write the credential somewhere else, or remove the existing content",
      });
    if (user === undefined) throw taken("something already");
    try {
      const { userId } = await tryToSignIn(this.#toCredential(stored, user.loginName), signInOptions);
      if (userId === user.userId) return true;
    } catch (error) {
      if (!isRefusal(error) && !(error instanceof TypeError)) throw error;
    }
    throw taken("something that does not sign in as this user");
  }

  #toSteps({ user, missing, isStored, organizationId }: Plan): ServiceUserStep[] {
    const { options, path, expires } = this.#given;
    const name = JSON.stringify(options.username);
    const create = toStep(
      "create-user",
      `create the service user ${name} in the organization ${organizationId}`,
      "user.write",
    );
    const grants = missing.map(({ place, roles }) =>
      toStep("grant-roles", `give it ${roles.join(", ")} ${describePlace(place)}`, toMemberPermission(place)),
    );
    const until = this.#method === "secret" ? "" : `, valid until ${formatTime(expires).slice(0, 10)}`;
    const what = { key: "a key", secret: "a client secret", pat: "a personal access token" }[this.#method];
    const credential = [
      toStep("add-credential", `add ${what}${until}`, "user.write"),
      toStep("sign-in", "sign in with it"),
      toStep("store", path === undefined ? "store it" : `write ${path}, for its owner only (mode 0600)`),
    ];
    return [...(user === undefined ? [create] : []), ...grants, ...(isStored ? [] : credential)];
  }

  async #execute(plan: Plan, steps: readonly ServiceUserStep[]): Promise<CreatedServiceUser> {
    const { zitadel, options } = this.#given;
    const left = [...steps];
    const done = (): void => {
      const step = left.shift();
      if (step !== undefined) callBack(() => options.onStep?.(step));
      options.signal?.throwIfAborted();
    };
    options.signal?.throwIfAborted();
    const user = plan.user ?? (await this.#createUser(plan.organizationId));
    if (plan.user === undefined) done();
    for (const membership of plan.missing) {
      await this.#grant(user, membership);
      done();
    }
    const outcome = plan.user === undefined ? "created" : steps.length === 0 ? "unchanged" : "completed";
    const { userId, organizationId, loginName } = user;
    const result = { userId, organizationId, loginName, method: this.#method, outcome } as const;
    if (plan.isStored) return result;
    const { id, content } = await this.#addCredential(user);
    done();
    const signedIn = await signIn(this.#toCredential(content, loginName), {
      ...this.#given.signInOptions,
      zitadel,
    });
    if (signedIn.userId !== userId) throw new Error(`The new credential signs in as ${signedIn.userId}`);
    done();
    await this.#given.store.write(content);
    this.#rollback.clear();
    done();
    return id === undefined
      ? result
      : { ...result, credentialId: id, expirationDate: toTime(this.#given.expires) };
  }

  async #createUser(organizationId: string): Promise<FoundUser> {
    const { zitadel, options } = this.#given;
    const { username, name = username, description } = options;
    let userId: string;
    try {
      userId = await createMachine(zitadel, { organizationId, username, name, description });
    } catch (error) {
      // If there was no response, the user may exist.
      if (!(error instanceof ZitadelError) || error.origin === "server" || error.unprocessed) throw error;
      const lost = await findUser(zitadel, username, organizationId);
      if (lost === undefined) throw error;
      userId = lost.userId;
    }
    const owner = { userId, organizationId };
    this.#rollback.add(`the user ${userId}`, () => deleteUser(zitadel, owner));
    const user = await readUser(zitadel.withOrganization(organizationId), userId);
    return user ?? { ...owner, ...NEW_USER, username, loginName: username };
  }

  async #grant(owner: Owner, membership: Membership): Promise<void> {
    const { zitadel } = this.#given;
    const { roles, place } = membership;
    this.#rollback.add(`the roles ${roles.join(", ")} of the user ${owner.userId}`, () =>
      removeRoles(zitadel, owner, place),
    );
    await addRoles(zitadel, owner, membership);
  }

  /** A credential that was added without a response is found again by its expiry. */
  async #addCredential(owner: Owner): Promise<{ readonly id?: string; readonly content: string }> {
    const { zitadel, expires } = this.#given;
    if (this.#method === "secret") {
      this.#rollback.add(`the secret of the user ${owner.userId}`, () => removeSecret(zitadel, owner));
      return { content: await addSecret(zitadel, owner) };
    }
    const [kind, remove] =
      this.#method === "key" ? (["keys", removeKey] as const) : (["tokens", removeToken] as const);
    this.#rollback.add(
      `the credential of the user ${owner.userId} that expires ${formatTime(expires)}`,
      async () => {
        const all = await listCredentials(zitadel, kind, [owner]);
        for (const one of all) if (isSameTime(one.expires, expires)) await remove(zitadel, owner, one.id);
      },
    );
    if (this.#method === "pat") return await addToken(zitadel, owner, expires);
    const key = await makePrivateKey();
    const request = { publicKey: toPublicKey(key), expirationDate: expires };
    const { id, content } = await addKey(zitadel, owner, request, {});
    const expirationDate = formatTime(expires);
    return { id, content: content ?? toKeyFile({ userId: owner.userId, keyId: id, key, expirationDate }) };
  }

  #toCredential(content: string, clientId: string): UsableCredential {
    switch (this.#method) {
      case "key":
        return { method: "key", content };
      case "secret":
        return { method: "secret", content: unpackText(content), clientId };
      case "pat":
        return { method: "pat", content: unpackText(content) };
    }
  }
}

const NEW_USER = { createdAt: undefined, isMachine: true, isActive: true, hasSecret: false };

function requireReusable({ isMachine, isActive, username, userId }: FoundUser): void {
  if (isMachine && isActive) return;
  const what = isMachine ? "not active" : "a person";
  throw new ServiceUserError("conflict", {
    summary: `There is a user ${JSON.stringify(username)} (${userId}), and it is ${what}`,
    hint: "Choose another name",
  });
}

function secretExists({ userId }: FoundUser): ServiceUserError {
  return new ServiceUserError("conflict", {
    summary: `The user ${userId} has a client secret, which a new one would end`,
    hint: "Use the existing one, remove it first (user.v2.removeSecret), or use a key",
  });
}
