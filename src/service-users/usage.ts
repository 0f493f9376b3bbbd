import { timestampDate } from "@bufbuild/protobuf/wkt";
import { AdminService } from "../../gen/zitadel/admin_pb.js";
import type { Event } from "../../gen/zitadel/event_pb.js";
import { isPermissionDenied } from "../errors/guards.ts";
import { readEvents } from "../events/read-events.ts";
import type { ListedCredential } from "./credentials.ts";
import type { ServiceUserManager } from "./manager.ts";

/**
 * When a credential was last used to obtain a token, according to the instance's events.
 *
 * - `exact`: this one was used
 * - `shared`: this one or another of its kind that the user had then was used, since events do not identify keys
 * - `none`: no use since it was created, or since `since`
 * - `unknown`: the server does not record it (personal access tokens), or does not let the caller read events
 */
export type LastUse =
  | { readonly kind: "exact" | "shared"; readonly at: Date }
  | { readonly kind: "none"; readonly since: Date }
  | { readonly kind: "unknown" };

/** What events show about service users. */
export interface Usage {
  /** The time from which events were read. */
  readonly since: Date;
  /** The last sign-ins of users by a key, and by a secret. Absent if they were not requested. */
  readonly keySignIns?: ReadonlyMap<string, Date> | undefined;
  readonly secretSignIns?: ReadonlyMap<string, Date> | undefined;
  /** When secrets were made. */
  readonly secretsMade: ReadonlyMap<string, Date>;
  /** When keys were last removed. */
  readonly keysRemoved: ReadonlyMap<string, Date>;
}

/** Zitadel's numbers for the ways to open a session. */
const BY_SECRET = 4;
const BY_KEY = 9;

/**
 * Which events to read: also those about sign-ins, of which there are many, or only those about created credentials.
 */
export type UsageScope = "sign-ins" | "made";

/** Reads what happened to service users since a time; `undefined` if the caller may not read events (`events.read`). */
export async function readUsage(
  zitadel: ServiceUserManager,
  since: Date,
  scope: UsageScope,
): Promise<Usage | undefined> {
  const source = { admin: { v1: { listEvents: zitadel.client(AdminService).listEvents } } };
  try {
    const [signIns, secretsMade, keysRemoved] = await Promise.all([
      scope === "sign-ins" ? readSignIns(source, since) : {},
      findLastDates(source, "user.machine.secret.set"),
      findLastDates(source, "user.machine.key.removed"),
    ]);
    return { since, ...signIns, secretsMade, keysRemoved };
  } catch (error) {
    if (isPermissionDenied(error)) return undefined;
    throw error;
  }
}

async function readSignIns(
  source: Source,
  since: Date,
): Promise<Pick<Usage, "keySignIns" | "secretSignIns">> {
  const [keySignIns, secretSignIns] = [new Map<string, Date>(), new Map<string, Date>()];
  const options = { eventTypes: ["oidc_session.added"], from: since, newestFirst: true };
  for await (const event of readEvents(source, options)) {
    const { userID, authMethods } = readPayload(event);
    if (typeof userID !== "string" || !Array.isArray(authMethods)) continue;
    if (authMethods.includes(BY_KEY)) setFirst(keySignIns, userID, event);
    if (authMethods.includes(BY_SECRET)) setFirst(secretSignIns, userID, event);
  }
  return { keySignIns, secretSignIns };
}

/** When a key was last used. `all`: all keys that the user has. */
export function findKeyLastUse(
  usage: Usage | undefined,
  { userId, createdAt }: ListedCredential,
  all: readonly ListedCredential[],
): LastUse {
  if (usage?.keySignIns === undefined) return { kind: "unknown" };
  const at = usage.keySignIns.get(userId);
  const made = createdAt ?? usage.since;
  if (at === undefined || at < made) return { kind: "none", since: pickLater(made, usage.since) };
  const others = all.filter((one) => one.userId === userId && (one.createdAt ?? usage.since) <= at);
  const removed = usage.keysRemoved.get(userId);
  const isOnlyOne = others.length === 1 && (removed === undefined || removed < at);
  return { kind: isOnlyOne ? "exact" : "shared", at };
}

/** When the secret of a user was last used. */
export function findSecretLastUse(usage: Usage | undefined, userId: string): LastUse {
  if (usage?.secretSignIns === undefined) return { kind: "unknown" };
  const at = usage.secretSignIns.get(userId);
  const made = usage.secretsMade.get(userId) ?? usage.since;
  if (at === undefined || at < made) return { kind: "none", since: pickLater(made, usage.since) };
  return { kind: "exact", at };
}

type Source = Parameters<typeof readEvents<Event>>[0];

async function findLastDates(source: Source, type: string): Promise<Map<string, Date>> {
  const found = new Map<string, Date>();
  const options = { eventTypes: [type], aggregateTypes: ["user"], newestFirst: true };
  for await (const event of readEvents(source, options)) setFirst(found, event.aggregate?.id ?? "", event);
  return found;
}

function setFirst(found: Map<string, Date>, userId: string, { creationDate }: Event): void {
  if (creationDate !== undefined && !found.has(userId)) found.set(userId, timestampDate(creationDate));
}

function readPayload({ payload }: Event): Readonly<Record<string, unknown>> {
  return payload ?? {};
}

function pickLater(a: Date, b: Date): Date {
  return a > b ? a : b;
}
