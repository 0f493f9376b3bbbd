import type { AuthContext } from "../auth/auth-method.ts";
import { findAuthContext } from "../client/auth-context.ts";
import { type Clock, LONGEST_TIMER_MS } from "../shared/clock.ts";
import { describe } from "../shared/describe.ts";
import { invalidOption, requireBoolean, requireNumber, requireString } from "../shared/invalid-option.ts";
import { type CredentialStore, storeOption } from "./credential-store.ts";
import type { ServiceUserManager } from "./manager.ts";
import { journalPath, RotationJournal } from "./rotation-journal.ts";

/** What rotations have in common. */
export interface CommonRotationOptions {
  /**
   * Where to note how far a rotation has come that has a `store`: the path of a file, without secrets, on a disk that the
   * next run has too. Default: nowhere.
   */
  readonly journalFile?: string | undefined;
  /** Ends the rotation where it is; another run finishes it. */
  readonly signal?: AbortSignal | undefined;
}

/** What rotations have in common in which old and new work at the same time. */
export interface GraceOptions extends CommonRotationOptions {
  /** When the new one expires. Default: in one year. */
  readonly expirationDate?: Date | undefined;
  /**
   * How long the old one goes on working once the new one is stored, in milliseconds: the time in which all who use it,
   * also copies of a file, have to read it anew. Clients of this package do so within seconds. Default: 300,000.
   */
  readonly graceMs?: number | undefined;
  /** Leaves the old one as it is. Default: false: it is removed after the grace time. */
  readonly keepOld?: boolean | undefined;
}

export const COMMON_KNOWN: Record<keyof CommonRotationOptions, true> = { journalFile: true, signal: true };

export const GRACE_KNOWN: Record<keyof GraceOptions, true> = {
  ...COMMON_KNOWN,
  expirationDate: true,
  graceMs: true,
  keepOld: true,
};

/** What others call these options. */
export const FOREIGN: Readonly<Record<string, string>> = { gracePeriodMs: "graceMs", path: "keyFile" };

const YEAR_MS = 365 * 24 * 3_600_000;
const GRACE_MS = 300_000;

/** How a client reaches its instance. */
export function requireContext(zitadel: ServiceUserManager): AuthContext {
  const context = findAuthContext(zitadel);
  if (context !== undefined) return context;
  throw invalidOption("its first argument", describe(zitadel), "a client that createZitadel() has made");
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

/** When a new credential expires: in a year, by default. Milliseconds since the epoch. */
export function resolveExpiry(expirationDate: Date | undefined, clock: Clock): number {
  const expiresAt = expirationDate === undefined ? clock.now() + YEAR_MS : Number(expirationDate);
  if (expiresAt > clock.now()) return expiresAt;
  const seen = expirationDate instanceof Date ? "in the past or invalid" : describe(expirationDate);
  throw invalidOption("expirationDate", seen, "a Date in the future");
}

/** Where the credential is, and the journal of its rotation. */
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
  const { store, path } = storeOption(options, file);
  const noted = journalFile ?? (path === undefined ? undefined : journalPath(path));
  const journal = new RotationJournal<Entry>({ path: noted, keepsSecrets: path !== undefined, caller });
  return { store, journal, path };
}
