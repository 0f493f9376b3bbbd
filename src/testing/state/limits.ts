import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { toNanoseconds } from "./event-payloads.ts";
import type { Aggregate } from "./model/aggregate.ts";
import type { Limits } from "./model/instance-settings.ts";
import type { Store } from "./model/store.ts";
import { type Changes, differences, newAggregate, writeEvents } from "./store.ts";

/** Blocks or unblocks the instance, and sets how long events are shown. Writes no event for unchanged values. */
export function setLimits(store: Store, wanted: Changes<Omit<Limits, keyof Aggregate>>): Limits {
  if (wanted.block === undefined && wanted.auditLogRetentionMs === undefined) {
    throw zitadelError(Code.InvalidArgument, "COMMAND-4M9vs", "No limits specified");
  }
  const identity = { aggregateType: "limits", id: store.newId(), resourceOwner: store.instanceId };
  const none = { block: undefined, auditLogRetentionMs: undefined };
  const limits: Limits = store.settings.limits ?? { ...newAggregate(store, identity), ...none };
  const changes = differences(limits, wanted);
  const { block, auditLogRetentionMs } = changes;
  if (block === undefined && auditLogRetentionMs === undefined) return limits;
  const payload = {
    ...(auditLogRetentionMs === undefined ? {} : { auditLogRetention: toNanoseconds(auditLogRetentionMs) }),
    ...(block === undefined ? {} : { block }),
  };
  store.settings.limits = Object.assign(limits, changes);
  writeEvents(store, limits, { type: "limits.set", payload });
  return limits;
}

/** Removes all limits. */
export function resetLimits(store: Store): Limits {
  const { limits } = store.settings;
  if (limits === undefined) throw zitadelError(Code.NotFound, "COMMAND-9JToT", "Limits not found");
  store.settings.limits = undefined;
  writeEvents(store, limits, { type: "limits.reset" });
  return limits;
}

/** Whether the instance refuses all calls. */
export function isBlocked({ settings }: Store): boolean {
  return settings.limits?.block === true;
}

/** Gets the creation time of the oldest events to show, in microseconds since the epoch. */
export function getShownSince({ settings, now }: Store): number {
  const retentionMs = settings.limits?.auditLogRetentionMs ?? 0;
  return retentionMs === 0 ? 0 : (now() - retentionMs) * 1_000;
}
