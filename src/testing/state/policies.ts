import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { toNanoseconds } from "./event-payloads.ts";
import type { Aggregate } from "./model/aggregate.ts";
import type { Policy, PolicyKind, PolicyValues } from "./model/policy.ts";
import type { Store } from "./model/store.ts";
import type { User } from "./model/user.ts";
import { type Kind, POLICY_KINDS } from "./policy-kinds.ts";
import { newHistory, writeEvents, writePartEvents } from "./store.ts";

/** Finds the effective settings of an organization: its own, or else those of the instance. */
export function findPolicy<K extends PolicyKind>(store: Store, kind: K, organizationId?: string): Policy<K> {
  return findOwnPolicy(store, kind, organizationId ?? "") ?? getInstancePolicy(store, kind);
}

/** Finds the owner's own settings, if it has any. */
export function findOwnPolicy<K extends PolicyKind>(
  store: Store,
  kind: K,
  organizationId: string,
): Policy<K> | undefined {
  return store.policies.get(toKey(organizationId, kind)) as Policy<K> | undefined;
}

/** Gets the settings of the instance, which are the defaults until they are changed. */
function getInstancePolicy<K extends PolicyKind>(store: Store, kind: K): Policy<K> {
  const { id, createdAt } = store.instance;
  const { values, sequence } = getKind(kind);
  const initial = { sequence, createdAt, changedAt: createdAt, kind, resourceOwner: id, values };
  return findOwnPolicy(store, kind, id) ?? initial;
}

/** Adds settings to an organization. Throws if it already has its own. */
export function addPolicy<K extends PolicyKind>(
  store: Store,
  organization: Aggregate,
  kind: K,
  values: PolicyValues[K],
): Policy<K> {
  const { exists, event, check } = getKind(kind);
  check?.(values);
  if (findOwnPolicy(store, kind, organization.id) !== undefined)
    throw zitadelError(Code.AlreadyExists, ...exists);
  const noteLoginNames = watchLoginNames(store, kind);
  const policy = { ...newHistory(store.now()), kind, resourceOwner: organization.id, values };
  store.policies.set(toKey(organization.id, kind), policy);
  const payload = toPayload(kind, values, DEFAULTS);
  writePartEvents(store, organization, policy, {
    type: `${organization.aggregateType}.${event}.added`,
    payload,
  });
  noteLoginNames();
  return policy;
}

/** Changes the settings of the instance, or an organization's own. Throws if none differs. */
export function changePolicy<K extends PolicyKind>(
  store: Store,
  owner: Aggregate,
  kind: K,
  changes: Partial<PolicyValues[K]>,
): Policy<K> {
  const { event, unchanged, check } = getKind(kind);
  const policy = requirePolicy(store, owner, kind);
  const values = { ...policy.values, ...changes };
  check?.(values);
  const payload = toPayload(kind, values, policy.values);
  if (Object.keys(payload).length === 0) {
    throw zitadelError(Code.FailedPrecondition, ...unchanged[owner.aggregateType === "instance" ? 0 : 1]);
  }
  const noteLoginNames = watchLoginNames(store, kind);
  policy.values = values;
  writePartEvents(store, owner, policy, { type: `${owner.aggregateType}.${event}.changed`, payload });
  noteLoginNames();
  return policy;
}

/** Finds the settings of an owner to change. Throws if an organization does not have its own. */
export function requirePolicy<K extends PolicyKind>(store: Store, owner: Aggregate, kind: K): Policy<K> {
  const isInstance = owner.aggregateType === "instance";
  const policy = isInstance ? getInstancePolicy(store, kind) : findOwnPolicy(store, kind, owner.id);
  if (policy === undefined) throw zitadelError(Code.NotFound, ...getKind(kind).unknown[0]);
  store.policies.set(toKey(owner.id, kind), policy);
  return policy;
}

/** Removes the settings of an organization, so that those of the instance apply again. */
export function removePolicy(store: Store, organization: Aggregate, kind: PolicyKind): Policy {
  const { event, unknown } = POLICY_KINDS[kind];
  const policy = findOwnPolicy(store, kind, organization.id);
  if (policy === undefined) throw zitadelError(Code.NotFound, ...unknown[1]);
  const noteLoginNames = watchLoginNames(store, kind);
  store.policies.delete(toKey(organization.id, kind));
  if (kind === "labelPreview") {
    store.policies.delete(toKey(organization.id, "label"));
    for (const [key, { owner, name }] of store.assets) {
      if (owner === organization.id && name.startsWith("policy/label/")) store.assets.delete(key);
    }
  }
  const type = `${organization.aggregateType}.${event}.removed`;
  writePartEvents(store, organization, policy, { type });
  noteLoginNames();
  return policy;
}

/** Whether login names of an organization's users end with one of its domains. */
export function hasDomainSuffix(store: Store, organizationId: string): boolean {
  return findPolicy(store, "domain", organizationId).values.userLoginMustBeDomain;
}

/** Returns a function to call after a change: it renames users whose login names have gained or lost a domain. */
function watchLoginNames(store: Store, kind: PolicyKind): () => void {
  if (kind !== "domain") return () => {};
  const before = new Map([...store.organizations.keys()].map((id) => [id, hasDomainSuffix(store, id)]));
  return () => {
    for (const user of store.users.values()) {
      const { resourceOwner } = user;
      const isSuffixed = hasDomainSuffix(store, resourceOwner);
      if (before.get(resourceOwner) === isSuffixed) continue;
      user.username = isSuffixed ? withoutDomain(store, user) : withDomain(store, user);
      writeEvents(store, user, { type: "user.username.changed", payload: { userName: user.username } });
    }
  };
}

/** Adds the domain as a suffix to a username that was unique only together with it. */
function withDomain(store: Store, { username, resourceOwner }: User): string {
  return `${username}@${store.organizations.get(resourceOwner)?.primaryDomain ?? ""}`;
}

function withoutDomain(store: Store, { username, resourceOwner }: User): string {
  for (const [domain, { verified }] of store.organizations.get(resourceOwner)?.domains ?? []) {
    if (verified && username.endsWith(`@${domain}`)) return username.slice(0, -domain.length - 1);
  }
  return username;
}

/** Makes the branding preview the active branding. */
export function activateLabel(store: Store, owner: Aggregate): Policy {
  const preview =
    owner.aggregateType === "instance"
      ? getInstancePolicy(store, "labelPreview")
      : findOwnPolicy(store, "labelPreview", owner.id);
  if (preview === undefined) throw zitadelError(Code.NotFound, "ORG-34mSE", "Private Label Policy not found");
  const active: Policy<"label"> = { ...preview, kind: "label" };
  store.policies.set(toKey(owner.id, "label"), active);
  writePartEvents(store, owner, active, { type: `${owner.aggregateType}.policy.label.activated` });
  return owner.aggregateType === "instance" ? active : preview;
}

/** No defaults: values are compared with the zero values of Go, which events omit. */
const DEFAULTS: Readonly<Record<string, unknown>> = {};

/** Creates the payload of an event: the values that differ from `others`. */
function toPayload(kind: PolicyKind, values: object, others: object): JsonObject {
  const { payload: names = {} } = POLICY_KINDS[kind];
  const before = others as Readonly<Record<string, unknown>>;
  const differing = Object.entries(values).filter(([name, value]) => {
    // Factors and providers have their own events.
    if (Array.isArray(value)) return false;
    return others === DEFAULTS ? value !== "" && value !== 0 && value !== false : before[name] !== value;
  });
  return Object.fromEntries(
    differing.map(([name, value]): [string, JsonValue] => [
      names[name] ?? name,
      name.endsWith("Lifetime") ? toNanoseconds(value) : value,
    ]),
  );
}

function getKind<K extends PolicyKind>(kind: K): Kind<PolicyValues[K]> {
  // TypeScript cannot relate an entry of a mapped type to its generic key.
  return POLICY_KINDS[kind] as unknown as Kind<PolicyValues[K]>;
}

function toKey(ownerId: string, kind: PolicyKind): string {
  return `${ownerId} ${kind}`;
}
