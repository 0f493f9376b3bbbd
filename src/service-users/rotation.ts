import type { AuthContext } from "../auth/auth-method.ts";
import type { Clock } from "../shared/clock.ts";
import { sleep } from "../shared/sleep.ts";
import type { CredentialStore } from "./credential-store.ts";
import type { ListedCredential, Owner } from "./credentials.ts";
import { formatTime, isSameTime, isSuccessor, markTime, parseTime, toTime } from "./expiry-mark.ts";
import type { ServiceUserManager } from "./manager.ts";
import type { RotationJournal } from "./rotation-journal.ts";
import { isRefusal, signIn, type UsableCredential } from "./sign-in.ts";

/** The progress of a rotation. */
export interface Rotation extends Owner {
  /** The id of the credential to replace. */
  readonly oldId: string;
  /** The fingerprint of that credential's content. */
  readonly oldMark: string;
  /** The expiry of the new credential, in ISO 8601, with microseconds that no other credential of the user has. */
  readonly expires: string;
  /** The private key, in PEM, if it was created here. */
  readonly privateKey?: string | undefined;
  /** Set after the server's response. */
  readonly newId?: string | undefined;
  readonly newMark?: string | undefined;
  /** The content to store, if it is known. */
  readonly content?: string | undefined;
  /** When it was stored, in milliseconds since the epoch. */
  readonly replacedAt?: number | undefined;
}

/** The credential that is in the store. */
export interface CurrentCredential extends Owner {
  /** Its id on the server; empty if the content does not have it. */
  readonly id: string;
}

/** The differences between keys and personal access tokens. */
export interface RotationKind {
  /** The fingerprint of a stored text. It reveals nothing about a secret. */
  mark(content: string): string;
  /** Finds out which credential it is, and whose. `needsId`: its id is required, since it will be removed. */
  inspect(content: string, needsId: boolean): Promise<CurrentCredential>;
  /** Creates what the request needs. */
  prepare(): Promise<Pick<Rotation, "privateKey">>;
  /** Adds a new credential. */
  add(rotation: Rotation): Promise<{ readonly id: string; readonly content: string }>;
  /** The content of an added credential, if it can be made from what was prepared. */
  restore(rotation: Rotation, id: string): string | undefined;
  list(owner: Owner): Promise<ListedCredential[]>;
  remove(owner: Owner, id: string): Promise<void>;
  usable(content: string): UsableCredential;
  /** Whether the marks in the user's list show what interrupted rotations left behind. */
  readonly leavesMarks: boolean;
}

/** Awaited between any two effects, where a rotation may be interrupted. */
export type Checkpoint = (place: string) => Promise<void>;

/** What a rotation needs. */
export interface RotationOptions {
  readonly zitadel: ServiceUserManager;
  readonly context: AuthContext;
  readonly kind: RotationKind;
  readonly store: CredentialStore;
  readonly journal: RotationJournal<Rotation>;
  /** The name of the calling function, for error messages. */
  readonly caller: string;
  readonly expiresAt: number;
  readonly graceMs: number;
  readonly keepOld: boolean;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
  readonly checkpoint: Checkpoint;
}

/** The result of a rotation. */
export interface Rotated {
  readonly userId: string;
  readonly id: string;
  readonly previousId: string;
  readonly expirationDate: Date;
  readonly resumed: boolean;
}

const RETRY_MS = 250;
/** How long a list may lack what has just been added. */
const LIST_LAG_MS = 3_000;
/**
 * A credential that is not stored after this time belongs to an interrupted run. This is longer than stores take to
 * show new content, and longer than other runs take: removing a credential too early may lock somebody out, while
 * removing it too late is harmless, since nobody has its private half.
 */
const ABANDONED_MS = 24 * 3_600_000;

/** Each method does one step of the rotation, and can be called again after an interruption. */
export class RotationRun {
  readonly #options: RotationOptions;

  constructor(options: RotationOptions) {
    this.#options = options;
  }

  async finish(): Promise<Rotated> {
    const { checkpoint, journal, keepOld } = this.#options;
    const begun = await this.#findBegun();
    let rotation = begun ?? (await this.#begin());
    await checkpoint("begun");
    rotation = await this.#register(rotation, begun !== undefined);
    await checkpoint("registered");
    rotation = await this.#replace(rotation);
    await checkpoint("replaced");
    if (!keepOld) await this.#removeOthers(rotation);
    await checkpoint("old removed");
    await journal.remove();
    await checkpoint("done");
    return {
      userId: rotation.userId,
      id: rotation.newId ?? "",
      previousId: rotation.oldId,
      expirationDate: toTime(parseTime(rotation.expires)),
      resumed: begun !== undefined,
    };
  }

  /**
   * Finds the rotation that an earlier run began. If the credential that it replaces is no longer stored, undoes it.
   */
  async #findBegun(): Promise<Rotation | undefined> {
    const { journal, kind } = this.#options;
    const rotation = await journal.read();
    if (rotation === undefined) return await this.#findUnfinished();
    const mark = kind.mark(await this.#readStore());
    if (mark === rotation.oldMark || mark === rotation.newMark) return rotation;
    for (const { id } of await this.#findRegistered(rotation)) await kind.remove(rotation, id);
    await journal.remove();
    return undefined;
  }

  /** Finds the rotation of a run whose journal is lost, by the list of keys. */
  async #findUnfinished(): Promise<Rotation | undefined> {
    const { kind, keepOld } = this.#options;
    if (!kind.leavesMarks || keepOld) return undefined;
    const content = await this.#readStore();
    const current = await kind.inspect(content, false);
    const all = await kind.list(current);
    for (const id of this.#findAbandoned(all, current.id)) await kind.remove(current, id);
    const stored = all.find(({ id }) => id === current.id);
    const replaced = all.find(({ id }) => id !== current.id && isSuccessor(stored?.expires, id));
    if (stored?.expires === undefined || replaced === undefined) return undefined;
    const mark = kind.mark(content);
    return {
      ...current,
      oldId: replaced.id,
      oldMark: mark,
      newId: current.id,
      newMark: mark,
      expires: formatTime(stored.expires),
      replacedAt: stored.createdAt?.getTime(),
    };
  }

  /** Records the plan before doing anything. */
  async #begin(): Promise<Rotation> {
    const { kind, expiresAt, keepOld } = this.#options;
    const content = await this.#readStore();
    const { userId, organizationId, id: oldId } = await kind.inspect(content, !keepOld);
    const expires = formatTime(markTime(expiresAt, keepOld ? undefined : oldId));
    const owner = { userId, organizationId };
    const rotation = { ...owner, oldId, oldMark: kind.mark(content), expires, ...(await kind.prepare()) };
    await this.#note(rotation);
    return rotation;
  }

  /** Adds the new credential, unless an interrupted run already did, and signs in with it. */
  async #register(rotation: Rotation, resumed: boolean): Promise<Rotation> {
    const { kind, journal, checkpoint } = this.#options;
    if (rotation.newId !== undefined && (await this.#isAtHand(rotation))) return rotation;
    const { id, content } = await this.#add(rotation, resumed);
    await checkpoint("added");
    try {
      await this.#signIn(content, rotation.userId);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await kind.remove(rotation, id);
      await journal.remove();
      throw error;
    }
    await checkpoint("signed in");
    const registered = { ...rotation, newId: id, newMark: kind.mark(content), content };
    await this.#note(registered);
    return registered;
  }

  /** Whether the content to store is known or already stored. */
  async #isAtHand(rotation: Rotation): Promise<boolean> {
    if (rotation.content !== undefined || rotation.replacedAt !== undefined) return true;
    return this.#options.kind.mark(await this.#readStore()) === rotation.newMark;
  }

  async #add(rotation: Rotation, resumed: boolean): Promise<{ id: string; content: string }> {
    const { kind } = this.#options;
    const registered = resumed ? await this.#awaitRegistered(rotation) : [];
    for (const { id } of registered) {
      const content = kind.restore(rotation, id);
      if (content !== undefined) return { id, content };
      // Nobody has its secret.
      await kind.remove(rotation, id);
    }
    // Replaces what was lost with an interrupted run.
    return await kind.add(
      rotation.privateKey === undefined ? { ...rotation, ...(await kind.prepare()) } : rotation,
    );
  }

  /** Stores the new credential, unless an interrupted run already did. */
  async #replace(rotation: Rotation): Promise<Rotation> {
    const { kind, store, clock, checkpoint } = this.#options;
    if (rotation.replacedAt !== undefined) return rotation;
    const stored = kind.mark(await this.#readStore());
    if (stored !== rotation.newMark) await store.write(rotation.content ?? "");
    await checkpoint("written");
    const replaced = { ...rotation, replacedAt: clock.now() };
    await this.#note(replaced);
    return replaced;
  }

  /** After the grace time, removes the old credential, and what interrupted runs may have added twice. */
  async #removeOthers(rotation: Rotation): Promise<void> {
    const { kind, clock, graceMs, checkpoint, signal, caller } = this.#options;
    const { replacedAt = 0, oldId, newId } = rotation;
    const leftMs = Math.min(replacedAt + graceMs - clock.now(), graceMs);
    if (leftMs > 0) await sleep(clock, leftMs, signal);
    await checkpoint("grace time over");
    const content = await this.#readStore();
    if (kind.mark(content) !== rotation.newMark) {
      throw new Error(`${caller}: another credential was stored meanwhile; none is removed`);
    }
    await this.#signIn(content, rotation.userId);
    for (const id of [oldId, ...(await this.#findLeftovers(rotation))]) {
      if (id !== newId && id !== "") await kind.remove(rotation, id);
    }
  }

  /**
   * What interrupted runs added to replace the old credential. Without a journal, it may belong to a run that is still
   * in progress.
   */
  async #findLeftovers(rotation: Rotation): Promise<string[]> {
    const { kind, journal } = this.#options;
    if (journal.isKept) return (await this.#findRegistered(rotation)).map(({ id }) => id);
    if (!kind.leavesMarks) return [];
    return this.#findAbandoned(await kind.list(rotation), rotation.oldId);
  }

  #findAbandoned(all: readonly ListedCredential[], oldId: string): string[] {
    const limit = this.#options.clock.now() - ABANDONED_MS;
    return all
      .filter(
        ({ expires, createdAt }) => isSuccessor(expires, oldId) && (createdAt?.getTime() ?? limit) < limit,
      )
      .map(({ id }) => id);
  }

  async #readStore(): Promise<string> {
    const { store, caller } = this.#options;
    const content = await store.read();
    if (content === undefined || content.trim() === "") {
      throw new Error(`${caller}: there is no stored credential to replace`);
    }
    return content;
  }

  /** Records the progress, with secrets only where these are allowed. */
  async #note(rotation: Rotation): Promise<void> {
    const { privateKey: _, content: __, ...rest } = rotation;
    const { journal } = this.#options;
    await journal.write(journal.keepsSecrets ? rotation : rest);
  }

  /** What an interrupted run added. Waits for it, since a list may lack it for a moment. */
  async #awaitRegistered(rotation: Rotation): Promise<ListedCredential[]> {
    const { clock, signal } = this.#options;
    for (const since = clock.monotonic(); ; await sleep(clock, RETRY_MS, signal)) {
      const found = await this.#findRegistered(rotation);
      if (found.length > 0 || clock.monotonic() - since >= LIST_LAG_MS) return found;
    }
  }

  /** What this rotation added, found by its expiry. */
  async #findRegistered(rotation: Rotation): Promise<ListedCredential[]> {
    const expires = parseTime(rotation.expires);
    const all = await this.#options.kind.list(rotation);
    return all.filter((one) => isSameTime(one.expires, expires));
  }

  async #signIn(content: string, expectedUserId: string): Promise<void> {
    const { kind, caller } = this.#options;
    const { userId } = await signIn(kind.usable(content), this.#options);
    if (userId !== expectedUserId)
      throw new Error(`${caller}: the stored credential belongs to another user, ${userId}`);
  }
}
