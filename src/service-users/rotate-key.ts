import { createPublicKey, generateKeyPair, randomInt } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import { promisify } from "node:util";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type {
  AddKeyRequestSchema,
  ListKeysRequestSchema,
  RemoveKeyRequestSchema,
} from "../../gen/zitadel/user/v2/user_service_pb.js";
import { AuthError } from "../auth/auth-error.ts";
import type { AuthContext } from "../auth/auth-method.ts";
import { parseServiceAccountKey, type ServiceAccountKey } from "../auth/credential/key-file.ts";
import { privateKeyJwt } from "../auth/private-key-jwt.ts";
import { findAuthContext } from "../client/auth-context.ts";
import { isNotFound } from "../errors/guards.ts";
import { type Clock, LONGEST_TIMER_MS, systemClock } from "../shared/clock.ts";
import { describe } from "../shared/describe.ts";
import {
  checkOptions,
  invalidOption,
  requireBoolean,
  requireKnown,
  requireNumber,
  requireObject,
} from "../shared/invalid-option.ts";
import { readOptionFile } from "../shared/option-file.ts";
import { sleep } from "../shared/sleep.ts";
import { replaceFile } from "./replace-file.ts";
import { type Rotation, readJournal, removeJournal, writeJournal } from "./rotation-journal.ts";

/** What manages the keys: a client of this package, of the service user itself or of one that may manage it. */
export interface KeyManager {
  readonly user: {
    readonly v2: {
      addKey(
        request: MessageInitShape<typeof AddKeyRequestSchema>,
        options?: CallOptions,
      ): PromiseLike<{ readonly keyId: string }>;
      removeKey(
        request: MessageInitShape<typeof RemoveKeyRequestSchema>,
        options?: CallOptions,
      ): PromiseLike<unknown>;
      listKeys(
        request: MessageInitShape<typeof ListKeysRequestSchema>,
        options?: CallOptions,
      ): PromiseLike<{ readonly result: readonly ListedKey[] }>;
    };
  };
}

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

interface ListedKey {
  readonly id: string;
  readonly expirationDate?: Timestamp | undefined;
}

/** Options of {@link rotateKey}. */
export interface RotateKeyOptions {
  /** The path of the service user's key file. Its directory must be writable. */
  readonly keyFile: string;
  /** When the new key expires. Default: in one year. */
  readonly expirationDate?: Date | undefined;
  /**
   * How long the old key goes on working once the file has the new one, in milliseconds: the time in which all who use
   * the file, also copies of it, have to read it anew. Clients of this package do so within seconds. Default: 300,000.
   */
  readonly graceMs?: number | undefined;
  /** Leaves the old key as it is. Default: false: it is removed after the grace time. */
  readonly keepOld?: boolean | undefined;
  /** Ends the rotation where it is; another run finishes it. */
  readonly signal?: AbortSignal | undefined;
}

/** A rotation that is done. */
export interface RotatedKey {
  /** The key that the file has now. */
  readonly keyId: string;
  /** The key that it had. */
  readonly previousKeyId: string;
  /** When the new key expires. */
  readonly expirationDate: Date;
  /** Whether this finished a rotation that an earlier run had begun. */
  readonly resumed: boolean;
}

/**
 * Replaces the key of a service user and its key file: makes a key pair, registers its public half, signs in with it,
 * replaces the file in one step (mode 0600), and removes the old key after a grace time. The new private key never leaves
 * this machine.
 *
 * Until the last step both keys work, and the file always has one that does. A run that is interrupted, at any point and by
 * whatever, leaves the file `<keyFile>.rotation`, by which the next run finishes the rotation instead of beginning another.
 * The old key is removed only if the file's key has just signed in.
 *
 * A service user may rotate its own key without any role; of others it takes the permission `user.write`
 * (ORG_USER_MANAGER).
 *
 * @throws TypeError for options that cannot be used, an AuthError when the new key is not accepted (it is removed again), a
 * ZitadelError when a call fails
 */
export async function rotateKey(zitadel: KeyManager, options: RotateKeyOptions): Promise<RotatedKey> {
  return await rotateInSteps(zitadel, options, systemClock, () => Promise.resolve());
}

const KNOWN: Record<keyof RotateKeyOptions, true> = {
  keyFile: true,
  expirationDate: true,
  graceMs: true,
  keepOld: true,
  signal: true,
};

const YEAR_MS = 365 * 24 * 3_600_000;
const GRACE_MS = 300_000;
/** For how long a key that was just added may be unknown: Zitadel takes up to two seconds. */
const UNKNOWN_MS = 15_000;
const RETRY_MS = 250;
/** For how long a list may not have a key that was just added. */
const LIST_LAG_MS = 3_000;

/** Awaited between any two effects: the places at which a rotation may be interrupted. */
export type Checkpoint = (place: string) => Promise<void>;

/** `rotateKey()`, by a clock of the caller's, who sees where it is. */
export async function rotateInSteps(
  zitadel: KeyManager,
  options: RotateKeyOptions,
  clock: Clock,
  checkpoint: Checkpoint,
): Promise<RotatedKey> {
  const { context, ...resolved } = checkOptions("rotateKey()", () => resolveOptions(zitadel, options, clock));
  // The file that a link leads to is replaced, not the link.
  const keyFile = await realpath(options.keyFile);
  const run = new RotationRun({ ...resolved, keys: zitadel.user.v2, context, clock, checkpoint, keyFile });
  return await run.finish();
}

interface RunOptions {
  readonly keys: KeyManager["user"]["v2"];
  readonly context: AuthContext;
  readonly clock: Clock;
  readonly checkpoint: Checkpoint;
  readonly keyFile: string;
  readonly expiresAt: number;
  readonly graceMs: number;
  readonly keepOld: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Each method brings the rotation one step further, and can be called again after an interruption within it. */
class RotationRun {
  readonly #options: RunOptions;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  async finish(): Promise<RotatedKey> {
    const { checkpoint, keyFile, keepOld } = this.#options;
    const begun = await this.#findBegun();
    let rotation = begun ?? (await this.#begin());
    await checkpoint("begun");
    rotation = await this.#register(rotation, begun !== undefined);
    await checkpoint("registered");
    rotation = await this.#replace(rotation);
    await checkpoint("replaced");
    if (!keepOld) await this.#removeOthers(rotation);
    await checkpoint("old key removed");
    await removeJournal(keyFile);
    await checkpoint("done");
    return {
      keyId: rotation.keyId ?? "",
      previousKeyId: rotation.oldKeyId,
      expirationDate: new Date(rotation.expirationDate),
      resumed: begun !== undefined,
    };
  }

  /** The rotation that an earlier run began; one of a key that is no longer in the file is taken back. */
  async #findBegun(): Promise<Rotation | undefined> {
    const { keyFile } = this.#options;
    const rotation = await readJournal(keyFile);
    if (rotation === undefined) return undefined;
    const { keyId } = await this.#readFile();
    if (keyId === rotation.oldKeyId || keyId === rotation.keyId) return rotation;
    for (const id of await this.#findRegistered(rotation)) await this.#remove(rotation.userId, id);
    await removeJournal(keyFile);
    return undefined;
  }

  /** Notes what is going to be done, before anything is. */
  async #begin(): Promise<Rotation> {
    const { keyFile, expiresAt } = this.#options;
    const { keyId: oldKeyId, subject: userId } = await this.#readFile();
    const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
    const pem = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
    const seconds = new Date(expiresAt).toISOString().slice(0, 19);
    const expirationDate = `${seconds}.${String(randomInt(1, 1_000)).padStart(3, "0")}Z`;
    const rotation = { userId, oldKeyId, privateKey: pem, expirationDate };
    await writeJournal(keyFile, rotation);
    return rotation;
  }

  /** Registers the new key, unless an interrupted run has, and signs in with it. */
  async #register(rotation: Rotation, resumed: boolean): Promise<Rotation> {
    const { keys, keyFile, checkpoint, signal } = this.#options;
    if (rotation.keyId !== undefined) return rotation;
    const { userId } = rotation;
    let keyId = resumed ? await this.#awaitRegistered(rotation) : undefined;
    if (keyId === undefined) {
      const publicKey = toPublicKey(rotation.privateKey);
      const expirationDate = timestampFromDate(new Date(rotation.expirationDate));
      ({ keyId } = await keys.addKey({ userId, publicKey, expirationDate }, { signal }));
    }
    await checkpoint("key added");
    const registered = { ...rotation, keyId };
    try {
      await this.#signIn(toKeyFile(registered));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await this.#remove(userId, keyId);
      await removeJournal(keyFile);
      throw error;
    }
    await checkpoint("signed in");
    await writeJournal(keyFile, registered);
    return registered;
  }

  /** Puts the new key into the file, unless an interrupted run has. */
  async #replace(rotation: Rotation): Promise<Rotation> {
    const { keyFile, clock, checkpoint } = this.#options;
    if (rotation.replacedAt !== undefined) return rotation;
    if ((await this.#readFile()).keyId !== rotation.keyId) await replaceFile(keyFile, toKeyFile(rotation));
    await checkpoint("file replaced");
    const replaced = { ...rotation, replacedAt: clock.now() };
    await writeJournal(keyFile, replaced);
    return replaced;
  }

  /** Removes the old key, and what an interrupted run may have registered twice, once the grace time is over. */
  async #removeOthers(rotation: Rotation): Promise<void> {
    const { keyFile, clock, graceMs, checkpoint, signal } = this.#options;
    const { replacedAt = 0, userId, oldKeyId } = rotation;
    const leftMs = Math.min(replacedAt + graceMs - clock.now(), graceMs);
    if (leftMs > 0) await sleep(clock, leftMs, signal);
    await checkpoint("grace time over");
    const { keyId } = await this.#readFile();
    if (keyId !== rotation.keyId) {
      throw new Error(
        `rotateKey(): another key was put into ${JSON.stringify(keyFile)} meanwhile; none is removed`,
      );
    }
    await this.#signIn(await readFile(keyFile, "utf8"));
    for (const id of [oldKeyId, ...(await this.#findRegistered(rotation))]) {
      if (id !== keyId) await this.#remove(userId, id);
    }
  }

  async #readFile(): Promise<{ readonly keyId: string; readonly subject: string }> {
    return parseServiceAccountKey(await readFile(this.#options.keyFile, "utf8"), "keyFile");
  }

  /** The key of an interrupted run, which a list may not have for a moment. */
  async #awaitRegistered(rotation: Rotation): Promise<string | undefined> {
    const { clock, signal } = this.#options;
    for (const since = clock.monotonic(); ; await sleep(clock, RETRY_MS, signal)) {
      const [keyId] = await this.#findRegistered(rotation);
      if (keyId !== undefined || clock.monotonic() - since >= LIST_LAG_MS) return keyId;
    }
  }

  /** The keys that this rotation has registered, by their time of expiry. */
  async #findRegistered({ userId, expirationDate }: Rotation): Promise<string[]> {
    const { keys, signal } = this.#options;
    const { seconds, nanos } = timestampFromDate(new Date(expirationDate));
    const filters = [{ filter: { case: "userIdFilter" as const, value: { id: userId } } }];
    const { result } = await keys.listKeys({ filters, pagination: { limit: 1_000 } }, { signal });
    return result
      .filter((key) => key.expirationDate?.seconds === seconds && key.expirationDate.nanos === nanos)
      .map(({ id }) => id);
  }

  /** Obtains a token with a key; one that was just added may be unknown at first. */
  async #signIn(key: string): Promise<void> {
    const { context, clock, signal } = this.#options;
    for (const since = clock.monotonic(); ; await sleep(clock, RETRY_MS, signal)) {
      try {
        await privateKeyJwt({ key })({ ...context, clock }).getToken({ signal });
        return;
      } catch (error) {
        if (!isRefusal(error) || clock.monotonic() - since >= UNKNOWN_MS) throw error;
      }
    }
  }

  /** A key that is gone was removed by an interrupted run. */
  async #remove(userId: string, keyId: string): Promise<void> {
    const { keys, signal } = this.#options;
    try {
      await keys.removeKey({ userId, keyId }, { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof AuthError && error.code === "invalid_grant";
}

function toPublicKey(privateKey: string): Uint8Array {
  return Buffer.from(createPublicKey(privateKey).export({ type: "spki", format: "pem" }));
}

/** The content of the key file, as Zitadel hands it out. */
function toKeyFile({ userId, keyId = "", privateKey, expirationDate }: Rotation): string {
  const content: ServiceAccountKey = {
    type: "serviceaccount",
    keyId,
    key: privateKey,
    expirationDate,
    userId,
  };
  return `${JSON.stringify(content)}\n`;
}

function resolveOptions(
  zitadel: KeyManager,
  options: RotateKeyOptions,
  clock: Clock,
): Pick<RunOptions, "context" | "expiresAt" | "graceMs" | "keepOld" | "signal"> {
  const context = findAuthContext(zitadel);
  if (context === undefined) {
    throw invalidOption("its first argument", describe(zitadel), "a client that createZitadel() has made");
  }
  requireObject("its second argument", options, "{ keyFile }");
  requireKnown("", options, KNOWN, { gracePeriodMs: "graceMs", key: "keyFile", path: "keyFile" });
  parseServiceAccountKey(readOptionFile({ option: "keyFile", path: options.keyFile }), "keyFile");
  requireNumber("graceMs", options.graceMs, { min: 0, max: LONGEST_TIMER_MS });
  requireBoolean("keepOld", options.keepOld);
  const { graceMs = GRACE_MS, keepOld = false, signal, expirationDate } = options;
  const expiresAt = expirationDate === undefined ? clock.now() + YEAR_MS : Number(expirationDate);
  if (!(expiresAt > clock.now())) {
    const seen = expirationDate instanceof Date ? "in the past or invalid" : describe(expirationDate);
    throw invalidOption("expirationDate", seen, "a Date in the future");
  }
  return { context, expiresAt, graceMs, keepOld, signal };
}
