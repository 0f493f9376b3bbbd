import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { isNotFound, UntilError, until, type Zitadel } from "zitadel-connect";
import { type Organization, OrganizationState } from "zitadel-connect/api/zitadel/org/v2/org_pb.js";
import { OrgState } from "zitadel-connect/api/zitadel/org_pb.js";
import { type User, UserState } from "zitadel-connect/api/zitadel/user/v2/user_pb.js";
import type { OrganizationRow, UserRow } from "./tables.ts";

/** The events that change mirrored data. Most others are about signing in, which happens far more often. */
export const EVENT_TYPES: readonly string[] = [
  "org.added",
  "org.changed",
  "org.deactivated",
  "org.domain.primary.set",
  "org.reactivated",
  "org.removed",
  "user.deactivated",
  "user.domain.claimed",
  "user.human.added",
  "user.human.email.changed",
  "user.human.email.verified",
  "user.human.initialization.check.succeeded",
  "user.human.initialization.code.added",
  "user.human.profile.changed",
  "user.human.selfregistered",
  "user.locked",
  "user.machine.added",
  "user.machine.changed",
  "user.reactivated",
  "user.removed",
  "user.unlocked",
  "user.username.changed",
];

/** An event that changes a user without a new sequence number. */
export const UNCOUNTED = "user.human.initialization.code.added";

/** How long to wait until a read includes what an event has changed, in milliseconds. */
const CATCH_UP_MS = 30_000;

/** What to read because of an event. */
export interface Wanted {
  readonly id: string;
  readonly organizationId: string;
  /** The data must be at least as new as the event with this number. */
  readonly sequence: bigint;
}

/** An object as it was read; without a row if it has been removed. */
interface Snapshot<Row> {
  readonly row: Row | undefined;
  readonly sequence: bigint;
}

/** Reads an organization as it is now; `undefined` if it is removed. */
export async function readOrganization(
  zitadel: Zitadel,
  wanted: Wanted,
): Promise<OrganizationRow | undefined> {
  return await readCurrent(zitadel, wanted, async (signal) => {
    const { org } = await zitadel.admin.v1.getOrgByID({ id: wanted.id }, { signal });
    if (org === undefined) return undefined;
    const { id, name, primaryDomain, details } = org;
    const isRemoved = org.state === OrgState.REMOVED;
    const row: OrganizationRow = {
      id,
      name,
      state: OrgState[org.state].toLowerCase(),
      primary_domain: primaryDomain,
      changed_at: toIso(details?.changeDate),
    };
    return { row: isRemoved ? undefined : row, sequence: details?.sequence ?? 0n };
  });
}

/** Reads a user as it is now; `undefined` if it is removed. */
export async function readUser(zitadel: Zitadel, wanted: Wanted): Promise<UserRow | undefined> {
  return await readCurrent(zitadel, wanted, async (signal) => {
    const { user } = await zitadel.user.v2.getUserByID({ userId: wanted.id }, { signal });
    if (user === undefined) return undefined;
    const isRemoved = user.state === UserState.DELETED;
    return { row: isRemoved ? undefined : toUserRow(user), sequence: user.details?.sequence ?? 0n };
  });
}

/**
 * Reads until the data includes the event's change, since a read may lag behind the events. A missing object counts as
 * removed only if an event says so, since a server whose database restarts may not find existing objects.
 */
async function readCurrent<Row>(
  zitadel: Zitadel,
  { id, organizationId, sequence }: Wanted,
  read: (signal: AbortSignal) => Promise<Snapshot<Row> | undefined>,
): Promise<Row | undefined> {
  const removed: Snapshot<Row> = { row: undefined, sequence };
  try {
    const current = await until(
      async ({ signal }) => {
        try {
          return await read(signal);
        } catch (error) {
          if (isNotFound(error) && (await isRemoved(zitadel, id, organizationId))) return removed;
          throw error;
        }
      },
      { holds: (seen) => seen !== undefined && seen.sequence >= sequence, timeoutMs: CATCH_UP_MS },
    );
    return current?.row;
  } catch (error) {
    // Zitadel skips an event that its read model cannot process: the read model then never has the event's number.
    const seen = error instanceof UntilError ? (error.lastSeen as Snapshot<Row> | undefined) : undefined;
    if (seen === undefined) throw error;
    console.warn(`${id}: read as it was before event ${sequence}`);
    return seen.row;
  }
}

async function isRemoved(zitadel: Zitadel, id: string, organizationId: string): Promise<boolean> {
  const happened = async (aggregateId: string, eventType: string): Promise<boolean> => {
    const request = { aggregateId, eventTypes: [eventType], limit: 1 };
    return (await zitadel.admin.v1.listEvents(request)).events.length > 0;
  };
  return (await happened(id, "user.removed")) || (await happened(organizationId, "org.removed"));
}

/** Makes a row from an item of a list. */
export function toOrganizationRow({
  id,
  name,
  state,
  primaryDomain,
  details,
}: Organization): OrganizationRow {
  return {
    id,
    name,
    state: OrganizationState[state].toLowerCase(),
    primary_domain: primaryDomain,
    changed_at: toIso(details?.changeDate),
  };
}

/**
 * Makes a row from an item of a list, or from a read. Omits login names, which change with the organization's domains.
 */
export function toUserRow({ userId, username, state, type, details }: User): UserRow {
  const human = type.case === "human" ? type.value : undefined;
  const machine = type.case === "machine" ? type.value : undefined;
  return {
    id: userId,
    organization_id: details?.resourceOwner ?? "",
    type: human === undefined ? "machine" : "human",
    state: UserState[state].toLowerCase(),
    username,
    display_name: human?.profile?.displayName ?? machine?.name ?? "",
    email: human?.email?.email ?? null,
    changed_at: toIso(details?.changeDate),
  };
}

export function toIso(timestamp: Timestamp | undefined): string {
  return (timestamp === undefined ? new Date(0) : timestampDate(timestamp)).toISOString();
}
