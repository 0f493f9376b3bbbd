import { type Timestamp, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { TargetSearchFilter } from "../../../gen/zitadel/action/v2beta/query_pb.js";
import type { ServiceRegistry } from "../rpc/service-registry.ts";
import type { Store } from "../state/model/store.ts";
import type { Target, TargetKey } from "../state/model/target.ts";
import { addTargetKey, removeTargetKey, setTargetKeyActive } from "../state/targets.ts";
import { createActionV2beta, findTarget, listTargets, toPayloadType, toTargetView } from "./action-v2beta.ts";
import { NO_TIME } from "./details.ts";
import { findPage, type ListRequest, type SortKeys, toPagination } from "./lists.ts";
import { timeMatches } from "./matching.ts";
import type { NewerHandlers } from "./newer.ts";

interface KeyRequest {
  readonly targetId: string;
  readonly keyId: string;
}

interface NewKey {
  readonly targetId: string;
  readonly publicKey: Uint8Array;
  readonly expirationDate?: Timestamp;
}

interface KeyFilter {
  readonly filter:
    | { case: "keyIdsFilter"; value: { ids: readonly string[] } }
    | { case: "activeFilter"; value: boolean }
    | { case: "expirationDateFilter"; value: { timestamp?: Timestamp; method: number } }
    | { case: undefined };
}

/** zitadel.action.v2.ActionService: v2beta plus payload types, and the public keys that encrypt payloads. */
export function createActionV2(store: Store, registry: ServiceRegistry): NewerHandlers {
  return {
    ...createActionV2beta(store, registry),
    getTarget: ({ id }: { id: string }) => ({ target: toView(findTarget(store, id, "QUERY-hj5oaniyrz")) }),
    listTargets: (request: ListRequest<TargetSearchFilter>) => {
      const page = listTargets(store, request);
      return { pagination: toPagination(page), targets: page.items.map(toView) };
    },
    ...createKeyHandlers(store),
  };
}

function createKeyHandlers(store: Store): NewerHandlers {
  return {
    addPublicKey: ({ targetId, publicKey, expirationDate }: NewKey) => {
      const expiresAt = expirationDate && timestampMs(expirationDate);
      const { id, createdAt } = addTargetKey(store, targetId.trim(), publicKey, expiresAt);
      return { keyId: id, creationDate: timestampFromMs(createdAt) };
    },
    activatePublicKey: ({ targetId, keyId }: KeyRequest) => {
      const { changedAt } = setTargetKeyActive(store, targetId.trim(), keyId.trim(), true);
      return { changeDate: timestampFromMs(changedAt) };
    },
    deactivatePublicKey: ({ targetId, keyId }: KeyRequest) => {
      const { changedAt } = setTargetKeyActive(store, targetId.trim(), keyId.trim(), false);
      return { changeDate: timestampFromMs(changedAt) };
    },
    removePublicKey: ({ targetId, keyId }: KeyRequest) => {
      const removedAt = removeTargetKey(store, targetId.trim(), keyId.trim());
      return { deletionDate: removedAt === undefined ? NO_TIME : timestampFromMs(removedAt) };
    },
    listPublicKeys: ({ targetId, ...request }: ListRequest<KeyFilter> & { targetId: string }) => {
      const all = [...(store.targets.get(targetId)?.publicKeys.values() ?? [])];
      const found = all.filter((key) => request.filters.every(({ filter }) => passes(key, filter)));
      const page = findPage(found, request, KEY_SORT_KEYS);
      return { pagination: toPagination(page), publicKeys: page.items.map(toKeyView) };
    },
  };
}

const KEY_SORT_KEYS: SortKeys<TargetKey> = [
  ({ createdAt }) => createdAt,
  ({ createdAt }) => createdAt,
  ({ changedAt }) => changedAt,
  ({ expiresAt }) => expiresAt ?? 0,
];

function passes(key: TargetKey, filter: KeyFilter["filter"]): boolean {
  switch (filter.case) {
    case "keyIdsFilter":
      return filter.value.ids.includes(key.id);
    case "activeFilter":
      return key.active === filter.value;
    case "expirationDateFilter":
      return (
        key.expiresAt !== undefined && timeMatches(key.expiresAt, filter.value.timestamp, filter.value.method)
      );
    default:
      return true;
  }
}

function toView(target: Target): object {
  return { ...toTargetView(target), payloadType: toPayloadType(target.payload) };
}

function toKeyView({
  id,
  active,
  publicKey,
  fingerprint,
  expiresAt,
  createdAt,
  changedAt,
}: TargetKey): object {
  return {
    keyId: id,
    active,
    publicKey,
    fingerprint,
    expirationDate: expiresAt === undefined ? undefined : timestampFromMs(expiresAt),
    creationDate: timestampFromMs(createdAt),
    changeDate: timestampFromMs(changedAt),
  };
}
