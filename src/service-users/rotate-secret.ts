import { createHash } from "node:crypto";
import type { AuthContext } from "../auth/auth-method.ts";
import { parseSecret } from "../auth/credential/secret-format.ts";
import { unpackText } from "../auth/credential/stored-text.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { checkOptions, requireKnown, requireObject, requireString } from "../shared/invalid-option.ts";
import { readOptionFile } from "../shared/option-file.ts";
import type { CredentialStore } from "./credential-store.ts";
import { addKey, addSecret, listCredentials, type Owner, removeKey } from "./credentials.ts";
import { formatTime, isSameTime, markTime, parseTime } from "./expiry-mark.ts";
import { makePrivateKey, toKeyFile, toPublicKey } from "./key-pair.ts";
import type { ServiceUserManager } from "./manager.ts";
import type { Checkpoint } from "./rotation.ts";
import type { RotationJournal } from "./rotation-journal.ts";
import {
  COMMON_KNOWN,
  type CommonRotationOptions,
  FOREIGN,
  requireContext,
  resolveStore,
} from "./rotation-options.ts";
import { isRefusal, signIn } from "./sign-in.ts";
import { findUserByLoginName, readCaller } from "./users.ts";

/** Options of {@link rotateSecret}. */
export type RotateSecretOptions = CommonRotationOptions & {
  /** The login name of the service user, which is the client id of the secret. */
  readonly clientId: string;
} & (
    | {
        /** The path of the file with the client secret. Its directory must be writable. */
        readonly secretFile: string;
        readonly store?: undefined;
      }
    | {
        /** Where to store the secret instead. Requires a client of another user, which manages this one. */
        readonly store: CredentialStore;
        readonly secretFile?: undefined;
      }
  );

/** The result of a rotation. */
export interface RotatedSecret {
  readonly userId: string;
  /** Whether this finished a rotation that an earlier run had begun. */
  readonly resumed: boolean;
}

/**
 * Replaces the client secret of a service user and its file. A user has only one secret, and a new one invalidates the
 * old one at once: there is no grace time. Clients keep using their current token, and read the file when they need the
 * next one. Between the server's response and the new file, for a few milliseconds, the secret in the file is invalid.
 * Keys have no such gap.
 *
 * A user that rotates its own secret and is interrupted in that gap could not sign in again. So a key is registered
 * first and kept in `<secretFile>.rotation` (mode 0600) during the rotation. After an interruption, the next run signs
 * in with that key, and finishes. The key is removed at the end, and expires after 30 days in any case. A client of
 * another user, which manages this one, does not need it.
 *
 * A service user may rotate its own secret without any role; others need the permission `user.write`
 * (ORG_USER_MANAGER).
 *
 * @throws TypeError if an option is invalid, an AuthError if the secret belongs to another user, a ZitadelError if a
 * call fails
 */
export async function rotateSecret(
  zitadel: ServiceUserManager,
  options: RotateSecretOptions,
): Promise<RotatedSecret> {
  return await rotateSecretInSteps(zitadel, options, systemClock, () => Promise.resolve());
}

const CALLER = "rotateSecret()";
const FALLBACK_MS = 30 * 24 * 3_600_000;

const KNOWN: Record<keyof RotateSecretOptions, true> = {
  ...COMMON_KNOWN,
  clientId: true,
  secretFile: true,
  store: true,
};

/** The progress of a rotation. */
interface SecretRotation extends Owner {
  /** A digest of the secret that is replaced. */
  readonly oldMark: string;
  /** The key with which another run signs in, if the user rotates its own secret. */
  readonly fallback?: Fallback | undefined;
  /** Set once the stored secret is the new one. */
  readonly replaced?: true | undefined;
}

interface Fallback {
  readonly privateKey: string;
  readonly expires: string;
  /** Set once the key is registered and has signed in. */
  readonly keyId?: string | undefined;
}

/** `rotateSecret()` with an injected clock and a callback between steps. */
export async function rotateSecretInSteps(
  zitadel: ServiceUserManager,
  options: RotateSecretOptions,
  clock: Clock,
  checkpoint: Checkpoint,
): Promise<RotatedSecret> {
  const resolved = checkOptions(CALLER, () => {
    const context = requireContext(zitadel);
    requireObject("its second argument", options, "{ clientId, secretFile }");
    requireKnown("", options, KNOWN, { ...FOREIGN, path: "secretFile", clientSecretFile: "secretFile" });
    requireString("clientId", options.clientId);
    const stored = resolveStore<SecretRotation>(options, "secretFile", CALLER);
    if (stored.path !== undefined) {
      parseSecret(unpackText(readOptionFile({ option: "secretFile", path: stored.path })), "secretFile");
    }
    return { context, ...stored, clientId: options.clientId, signal: options.signal };
  });
  return await new SecretRotationRun({ ...resolved, zitadel, clock, checkpoint }).finish();
}

interface RunOptions {
  readonly zitadel: ServiceUserManager;
  readonly context: AuthContext;
  readonly store: CredentialStore;
  readonly journal: RotationJournal<SecretRotation>;
  readonly clientId: string;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
  readonly checkpoint: Checkpoint;
}

/** Each method can be called again after an interruption within it. */
class SecretRotationRun {
  readonly #options: RunOptions;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  async finish(): Promise<RotatedSecret> {
    const { checkpoint, journal } = this.#options;
    const begun = await journal.read();
    let rotation = begun ?? (await this.#begin());
    await checkpoint("begun");
    rotation = await this.#prepareFallback(rotation);
    await checkpoint("prepared");
    const client = await this.#findClient(rotation);
    rotation = await this.#replace(rotation, client);
    await checkpoint("replaced");
    for (const id of await this.#findFallbacks(rotation, client)) await removeKey(client, rotation, id);
    await checkpoint("fallback removed");
    await journal.remove();
    await checkpoint("done");
    return { userId: rotation.userId, resumed: begun !== undefined };
  }

  /** Records the plan before doing anything. */
  async #begin(): Promise<SecretRotation> {
    const { zitadel, journal, clock, clientId } = this.#options;
    const [self, secret] = await Promise.all([readCaller(zitadel), this.#readSecret()]);
    const isOwn = self.loginName === clientId;
    const user = isOwn ? self : await findUserByLoginName(zitadel, clientId);
    if (user === undefined) {
      const seen = `there is no user ${JSON.stringify(clientId)} that this client may see`;
      throw new Error(`${CALLER}: ${seen}; clientId is the login name of the service user`);
    }
    const { userId, organizationId } = user;
    const rotation = { userId, organizationId, oldMark: digest(secret) };
    if (!isOwn) {
      await journal.write(rotation);
      return rotation;
    }
    if (!journal.keepsSecrets) {
      throw new Error(
        `${CALLER}: a secret in a store must be rotated by a client of another user, which may manage ${userId} ` +
          "(ORG_USER_MANAGER): if a user that rotates its own secret is interrupted, it cannot sign in again. " +
          "Keep it in a file, or use a key",
      );
    }
    const expires = formatTime(markTime(clock.now() + FALLBACK_MS, undefined));
    const noted = { ...rotation, fallback: { privateKey: await makePrivateKey(), expires } };
    await journal.write(noted);
    return noted;
  }

  /** Registers the key with which another run signs in, unless an interrupted run already did. */
  async #prepareFallback(rotation: SecretRotation): Promise<SecretRotation> {
    const { zitadel, journal, checkpoint, signal } = this.#options;
    const { fallback } = rotation;
    if (fallback === undefined || fallback.keyId !== undefined) return rotation;
    const publicKey = toPublicKey(fallback.privateKey);
    const request = { publicKey, expirationDate: parseTime(fallback.expires) };
    const { id: keyId } = await addKey(zitadel, rotation, request, { signal });
    await checkpoint("fallback added");
    const prepared = { ...rotation, fallback: { ...fallback, keyId } };
    await this.#findClient(prepared);
    await checkpoint("fallback signed in");
    await journal.write(prepared);
    return prepared;
  }

  /** The client for the remaining calls: one that uses the fallback, whose key keeps working. */
  async #findClient({ userId, fallback, replaced }: SecretRotation): Promise<ServiceUserManager> {
    const { zitadel } = this.#options;
    // If it was replaced, the stored secret works again, and the fallback may be gone.
    if (fallback?.keyId === undefined || replaced) return zitadel;
    const { keyId, privateKey: key, expires: expirationDate } = fallback;
    const content = toKeyFile({ userId, keyId, key, expirationDate });
    return (await signIn({ method: "key", content }, this.#options)).client;
  }

  /** Creates and stores a new secret, unless an interrupted run has stored one that works. */
  async #replace(rotation: SecretRotation, client: ServiceUserManager): Promise<SecretRotation> {
    const { store, journal, checkpoint } = this.#options;
    if (rotation.replaced) return rotation;
    const stored = await this.#readSecret();
    if (digest(stored) === rotation.oldMark || !(await this.#works(stored))) {
      // Ignores the signal: the stored secret is invalid until the new one is stored.
      const secret = await addSecret(client, rotation);
      await checkpoint("secret added");
      await store.write(secret);
      await checkpoint("written");
      await this.#signIn(secret);
    }
    const replaced = { ...rotation, replaced: true as const };
    await journal.write(replaced);
    return replaced;
  }

  async #works(secret: string): Promise<boolean> {
    try {
      await this.#signIn(secret);
      return true;
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
  }

  async #signIn(secret: string): Promise<void> {
    const { clientId } = this.#options;
    await signIn({ method: "secret", content: secret, clientId }, this.#options);
  }

  async #readSecret(): Promise<string> {
    const content = await this.#options.store.read();
    if (content === undefined) throw new Error(`${CALLER}: there is no stored secret to replace`);
    return unpackText(content);
  }

  /** All keys that interrupted runs registered, by expiry. */
  async #findFallbacks(rotation: SecretRotation, client: ServiceUserManager): Promise<string[]> {
    if (rotation.fallback === undefined) return [];
    const expires = parseTime(rotation.fallback.expires);
    const all = await listCredentials(client, "keys", [rotation]);
    const found = all.filter((one) => isSameTime(one.expires, expires)).map(({ id }) => id);
    // The one that signs in is removed last.
    return [...found.filter((id) => id !== rotation.fallback?.keyId), rotation.fallback.keyId ?? ""].filter(
      (id) => id !== "",
    );
  }
}

function digest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
