import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import type { SetLimitsRequest, SystemService } from "../../../gen/zitadel/system_pb.js";
import { zitadelError } from "../errors.ts";
import type { Handlers } from "../handlers.ts";
import {
  addCustomDomain,
  removeCustomDomain,
  renameInstance,
  setPrimaryCustomDomain,
} from "../state/instance-settings.ts";
import { resetLimits, setLimits } from "../state/limits.ts";
import type { InstanceDomain } from "../state/model/instance-settings.ts";
import type { Store } from "../state/model/store.ts";
import { toAddDetailsV1, toChangeDetailsV1 } from "./details.ts";
import { createCustomDomainsV1, toInstanceViewV1 } from "./instance-settings-v1.ts";
import { listViews } from "./v1/admin-events.ts";
import { createMemberRpcs } from "./v1/members.ts";

/** zitadel.system.v1.SystemService, which manages the server. The emulator has one instance. */
export function createSystemV1(store: Store): Handlers<typeof SystemService> {
  const owned = (domain: InstanceDomain) => ({ ...domain, resourceOwner: store.instanceId });
  return {
    // The server declares this RPC, but does not serve it.
    healthz: () => {
      throw new ConnectError("method Healthz not implemented", Code.Unimplemented);
    },
    listInstances: ({ sortingColumn, queries }) => {
      const isWanted = queries.every(({ query }) => {
        if (query.case === "idQuery") return query.value.ids.includes(store.instanceId);
        return (
          query.case !== "domainQuery" ||
          query.value.domains.some((one) => store.settings.customDomains.has(one))
        );
      });
      const result = isWanted ? [toInstanceViewV1(store)] : [];
      return { details: { totalResult: BigInt(result.length) }, sortingColumn, result };
    },
    getInstance: ({ instanceId }) => {
      requireInstance(store, instanceId);
      return { instance: toInstanceViewV1(store) };
    },
    updateInstance: ({ instanceId, instanceName }) => {
      requireInstance(store, instanceId);
      renameInstance(store, instanceName);
      return { details: toChangeDetailsV1(store.instance) };
    },
    listIAMMembers: ({ instanceId, ...request }, context) => {
      requireInstance(store, instanceId);
      return createMemberRpcs(store, { type: "instance" }).list(request, context);
    },
    setLimits: ({ instanceId, ...request }) => {
      requireInstance(store, instanceId);
      return { details: toAddDetailsV1(setLimits(store, toLimits(request))) };
    },
    // The server sets limits even for unknown instances, without checking; the emulator has only one instance.
    bulkSetLimits: ({ limits }) => {
      const set = limits.map(({ instanceId, ...request }) => {
        requireInstance(store, instanceId);
        return setLimits(store, toLimits(request));
      });
      const last = set.at(-1);
      return {
        details: last === undefined ? {} : toAddDetailsV1({ ...last, resourceOwner: "" }),
        targetDetails: set.map(toAddDetailsV1),
      };
    },
    resetLimits: ({ instanceId }) => {
      requireInstance(store, instanceId);
      return { details: toChangeDetailsV1(resetLimits(store)) };
    },
    listViews: () => ({ result: listViews(store).map((view) => ({ ...view, instance: store.instanceId })) }),
    clearView: () => ({}),
    // Writes are visible at once, and never fail.
    listFailedEvents: () => ({}),
    removeFailedEvent: () => ({}),
    existsDomain: ({ domain }) => ({ exists: store.settings.customDomains.has(domain) }),
    listDomains: ({ instanceId, ...request }) => {
      requireInstance(store, instanceId);
      return createCustomDomainsV1(store, request);
    },
    addDomain: ({ instanceId, domain }) => {
      requireInstance(store, instanceId);
      return { details: toAddDetailsV1(owned(addCustomDomain(store, domain))) };
    },
    removeDomain: ({ instanceId, domain }) => {
      requireInstance(store, instanceId);
      const removed = removeCustomDomain(store, domain);
      if (removed === undefined) throw domainNotFound("INSTANCE-8ls9f");
      return { details: toChangeDetailsV1(owned(removed)) };
    },
    setPrimaryDomain: ({ instanceId, domain }) => {
      requireInstance(store, instanceId);
      const primary = setPrimaryCustomDomain(store, domain);
      if (primary === undefined) throw domainNotFound("INSTANCE-9nkWf");
      return { details: toChangeDetailsV1(owned(primary)) };
    },
  };
}

function toLimits({ block, auditLogRetention }: Pick<SetLimitsRequest, "block" | "auditLogRetention">) {
  return { block, auditLogRetentionMs: auditLogRetention && durationMs(auditLogRetention) };
}

function domainNotFound(id: string): Error {
  return zitadelError(Code.NotFound, id, "Errors.Instance.Domain.NotFound");
}

/** Throws if a request names an unknown instance. */
function requireInstance({ instanceId }: Store, id: string): void {
  if (id === instanceId) return;
  const text =
    `unable to set instance using id ${id}: ID=QUERY-1kIjX Message=Instance not found. ` +
    "Make sure you got the domain right. Check out https://zitadel.com/docs/apis/introduction#domains";
  throw new ConnectError(text, Code.NotFound);
}
