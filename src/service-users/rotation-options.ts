import { type AuthContext, findAuthContext } from "../auth/auth-method.ts";
import { type Clock, LONGEST_TIMER_MS } from "../shared/clock.ts";
import { describe } from "../shared/describe.ts";
import { invalidOption, requireBoolean, requireNumber, requireString } from "../shared/invalid-option.ts";
import { type CredentialStore, resolveStoreOption } from "./credential-store.ts";
import type { ServiceUserManager } from "./manager.ts";
import { RotationJournal, toJournalPath } from "./rotation-journal.ts";

/** Options of all rotations. */
export interface CommonRotationOptions {
  /**
   * The path of a file that records the progress of a rotation with a `store`, without secrets. It must be on a disk
   * that the next run can also read. Default: none.
   */
  readonly journalFile?: string | undefined;
  /** Interrupts the rotation, which another run can finish. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of rotations in which the old and the new credential work at the same time. */
export interface GraceOptions extends CommonRotationOptions {
  /** When the new credential expires. Default: in one year. */
  readonly expirationDate?: Date | undefined;
  /**
   * How long the old credential keeps working after the new one is stored, in milliseconds. Within this time, all
   * programs that use it must reload it, and copies of a file must be updated. Clients of this package reload it within
   * seconds. Default: 300,000.
   */
  readonly graceMs?: number | undefined;
  /** Keeps the old credential. Default: false, which removes it after the grace time. */
  readonly keepOld?: boolean | undefined;
}

export const COMMON_KNOWN: Record<keyof CommonRotationOptions, true> = { journalFile: true, signal: true };

export const GRACE_KNOWN: Record<keyof GraceOptions, true> = {
  ...COMMON_KNOWN,
  expirationDate: true,
  graceMs: true,
  keepOld: true,
};

/** Names from other libraries, mapped to ours. */
export const FOREIGN: Readonly<Record<string, string>> = { gracePeriodMs: "graceMs", path: "keyFile" };

const YEAR_MS = 365 * 24 * 3_600_000;
const GRACE_MS = 300_000;

/** How a client reaches its instance. Throws a TypeError for anything that is not a client. */
export function requireContext(zitadel: ServiceUserManager): AuthContext {
  const context = findAuthContext(zitadel);
  if (context !== undefined) return context;
  throw invalidOption("its first argument", describe(zitadel), "a client of createZitadel()");
}

/** The defaults of {@link GraceOptions}. */
export function resolveGrace(
  { expirationDate, graceMs = GRACE_MS, keepOld = false }: GraceOptions,
  clock: Clock,
): { readonly expiresAt: number; readonly graceMs: number; readonly keepOld: boolean } {
  requireNumber("graceMs", graceMs, { min: 0, max: LONGEST_TIMER_MS });
  requireBoolean("keepOld", keepOld);
  return { expiresAt: resolveExpiry(expirationDate, clock), graceMs, keepOld };
}

/** When a new credential expires, in milliseconds since the epoch. Default: in a year. */
export function resolveExpiry(expirationDate: Date | undefined, clock: Clock): number {
  const expiresAt = expirationDate === undefined ? clock.now() + YEAR_MS : Number(expirationDate);
  if (expiresAt > clock.now()) return expiresAt;
  const seen = expirationDate instanceof Date ? "in the past or invalid" : describe(expirationDate);
  throw invalidOption("expirationDate", seen, "a Date in the future");
}

/** The store of the credential, and the journal of its rotation. */
export function resolveStore<Entry extends object>(
  options: CommonRotationOptions & { readonly store?: unknown },
  file: string,
  caller: string,
): {
  readonly store: CredentialStore;
  readonly journal: RotationJournal<Entry>;
  readonly path: string | undefined;
} {
  const { journalFile } = options;
  if (journalFile !== undefined) requireString("journalFile", journalFile);
  const { store, path } = resolveStoreOption(options, file);
  const noted = journalFile ?? (path === undefined ? undefined : toJournalPath(path));
  const journal = new RotationJournal<Entry>({ path: noted, keepsSecrets: path !== undefined, caller });
  return { store, journal, path };
}
