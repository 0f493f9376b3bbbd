import { parseServiceAccountKey } from "../auth/credential/key-file.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { checkOptions, requireKnown, requireObject, requireOneOf } from "../shared/invalid-option.ts";
import { readOptionFile } from "../shared/option-file.ts";
import type { CredentialStore } from "./credential-store.ts";
import { addKey, listCredentials, removeKey } from "./credentials.ts";
import { parseTime } from "./expiry-mark.ts";
import { makePrivateKey, toKeyFile, toPublicKey } from "./key-pair.ts";
import type { ServiceUserManager } from "./manager.ts";
import { type Checkpoint, type Rotation, type RotationKind, RotationRun } from "./rotation.ts";
import {
  FOREIGN,
  GRACE_KNOWN,
  type GraceOptions,
  requireContext,
  resolveGrace,
  resolveStore,
} from "./rotation-options.ts";

/** Options of {@link rotateKey}. */
export type RotateKeyOptions = GraceOptions & {
  /**
   * Where the new key pair is created: `local`, in this process, which sends only the public half; or `server`, which
   * returns the private one. Default: `local`.
   */
  readonly source?: "local" | "server" | undefined;
} & (
    | {
        /** The path of the service user's key file. Its directory must be writable. */
        readonly keyFile: string;
        readonly store?: undefined;
      }
    | {
        /** Where to store the content of the key file instead. */
        readonly store: CredentialStore;
        readonly keyFile?: undefined;
      }
  );

/** The result of a rotation. */
export interface RotatedKey {
  readonly userId: string;
  /** The id of the new key. */
  readonly keyId: string;
  /** The id of the old key. */
  readonly previousKeyId: string;
  /** When the new key expires. */
  readonly expirationDate: Date;
  /** Whether this finished a rotation that an earlier run had begun. */
  readonly resumed: boolean;
}

/**
 * Replaces the key of a service user and its key file: creates a key pair, registers its public half, signs in with it,
 * replaces the file atomically (mode 0600), and removes the old key after a grace time. Unless `source` is `server`,
 * the new private key never leaves this machine.
 *
 * Until the last step, both keys work, and the file always has a valid one. A run that is interrupted, at any point,
 * leaves the file `<keyFile>.rotation`, with which the next run finishes the rotation instead of beginning another. If
 * that file is lost, or there is a `store` instead, the next run finds an unfinished rotation in the list of the user's
 * keys. The old key is removed only if the stored key has just signed in.
 *
 * A service user may rotate its own key without any role; others need the permission `user.write` (ORG_USER_MANAGER).
 *
 * @example
 * ```ts
 * import { rotateKey } from "zitadel-connect/service-users";
 *
 * const { keyId, expirationDate } = await rotateKey(zitadel, { keyFile: "service-user.json" });
 * ```
 *
 * @throws TypeError if an option is invalid, an AuthError if the new key is not accepted (it is removed again), a
 * ZitadelError if a call fails
 */
export async function rotateKey(zitadel: ServiceUserManager, options: RotateKeyOptions): Promise<RotatedKey> {
  return await rotateKeyInSteps(zitadel, options, systemClock, () => Promise.resolve());
}

const CALLER = "rotateKey()";

const KNOWN: Record<keyof RotateKeyOptions, true> = {
  ...GRACE_KNOWN,
  source: true,
  keyFile: true,
  store: true,
};

/** `rotateKey()` with an injected clock and a callback between steps. */
export async function rotateKeyInSteps(
  zitadel: ServiceUserManager,
  options: RotateKeyOptions,
  clock: Clock,
  checkpoint: Checkpoint,
): Promise<RotatedKey> {
  const { path: _, ...resolved } = checkOptions(CALLER, () => {
    const context = requireContext(zitadel);
    requireObject("its second argument", options, "{ keyFile }");
    requireKnown("", options, KNOWN, { ...FOREIGN, key: "keyFile" });
    requireOneOf("source", options.source, ["local", "server"]);
    const stored = resolveStore<Rotation>(options, "keyFile", CALLER);
    if (stored.path !== undefined) {
      parseServiceAccountKey(readOptionFile({ option: "keyFile", path: stored.path }), "keyFile");
    }
    return { context, ...stored, ...resolveGrace(options, clock), signal: options.signal };
  });
  const kind = createKeyKind(zitadel, options);
  const run = new RotationRun({ ...resolved, zitadel, kind, caller: CALLER, clock, checkpoint });
  const { id: keyId, previousId: previousKeyId, ...rest } = await run.finish();
  return { keyId, previousKeyId, ...rest };
}

function createKeyKind(
  zitadel: ServiceUserManager,
  { source = "local", signal, keyFile }: RotateKeyOptions,
): RotationKind {
  const option = keyFile === undefined ? "what the store has" : "keyFile";
  const parse = (content: string) => parseServiceAccountKey(content, option);
  return {
    mark: (content) => parse(content).keyId,
    async inspect(content) {
      const { keyId: id, subject: userId } = parse(content);
      return { id, userId };
    },
    prepare: async () => (source === "local" ? { privateKey: await makePrivateKey() } : {}),
    async add(rotation) {
      const { privateKey } = rotation;
      const publicKey = privateKey === undefined ? undefined : toPublicKey(privateKey);
      const request = { publicKey, expirationDate: parseTime(rotation.expires) };
      const { id, content } = await addKey(zitadel, rotation, request, { signal });
      return { id, content: content ?? restoreKeyFile(rotation, id) ?? "" };
    },
    restore: restoreKeyFile,
    list: (owner) => listCredentials(zitadel, "keys", [owner], { signal }),
    remove: (owner, id) => removeKey(zitadel, owner, id, { signal }),
    usable: (content) => ({ method: "key", content }),
    leavesMarks: true,
  };
}

function restoreKeyFile({ privateKey: key, userId, expires }: Rotation, keyId: string): string | undefined {
  if (key === undefined) return undefined;
  return toKeyFile({ userId, keyId, key, expirationDate: expires });
}
