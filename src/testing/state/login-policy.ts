import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { providerNotFound } from "./identity-providers.ts";
import type { Aggregate, History } from "./model/aggregate.ts";
import type { Policy, PolicyValues } from "./model/policy.ts";
import type { Store } from "./model/store.ts";
import { addPolicy, findOwnPolicy, requirePolicy } from "./policies.ts";
import { newHistory, writePartEvents } from "./store.ts";

// The lists of the login settings: factors and identity providers that users can sign in with.

/** Adds login settings to an organization. */
export function addLoginPolicy(store: Store, organization: Aggregate, values: PolicyValues["login"]): Policy {
  requireRedirectUri(values.defaultRedirectUri, "Org-WSfdq");
  for (const [list, id] of [
    ["secondFactors", "Org-SFeea"],
    ["multiFactors", "Org-WSfrg"],
  ] as const) {
    const known: readonly number[] = FACTORS[list].known;
    if (!values[list].every((one) => known.includes(one))) {
      throw zitadelError(Code.InvalidArgument, id, "Multifactor invalid");
    }
  }
  if (!values.identityProviders.every((id) => isUsable(store, organization, id))) {
    throw providerNotFound(Code.FailedPrecondition, "Org-FEd32");
  }
  const { secondFactors, multiFactors, identityProviders } = values;
  const empty = { secondFactors: [], multiFactors: [], identityProviders: [] };
  const policy = addPolicy(store, organization, "login", { ...values, ...empty });
  const added = { ...policy };
  for (const one of secondFactors) addLoginFactor(store, organization, "secondFactors", one);
  for (const one of multiFactors) addLoginFactor(store, organization, "multiFactors", one);
  for (const id of identityProviders) addLoginProvider(store, organization, id);
  return { ...added, sequence: organization.sequence };
}

/** Throws if a URI is not a valid redirect URI. */
export function requireRedirectUri(uri: string, id: string): void {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase();
  const isWeb = scheme === "http" || scheme === "https";
  if (uri === "" || (scheme !== undefined && (!isWeb || /^https?:\/\/[^/]/i.test(uri)))) return;
  throw zitadelError(Code.InvalidArgument, id, "Default Redirect URI is invalid");
}

/** Whether a provider belongs to the organization or to the instance. */
function isUsable(store: Store, owner: Aggregate, id: string): boolean {
  const resourceOwner = store.identityProviders.get(id)?.resourceOwner;
  return resourceOwner === owner.id || resourceOwner === store.instanceId;
}

/** Adds an identity provider to the login settings. */
export function addLoginProvider(store: Store, owner: Aggregate, id: string): History {
  const isInstance = owner.aggregateType === "instance";
  const policy = requireOwnLoginPolicy(store, owner, "Org-Ffgw2");
  if (!isUsable(store, owner, id)) {
    throw providerNotFound(Code.FailedPrecondition, isInstance ? "INSTANCE-m8fsd" : "Org-3N9fs");
  }
  if (policy.values.identityProviders.includes(id)) {
    throw isInstance
      ? zitadelError(Code.AlreadyExists, "INSTANCE-2B0ps", "Identity provider already exists")
      : zitadelError(Code.AlreadyExists, "Org-2B0ps", "Errors.Org.LoginPolicy.IDP.AlreadyExists");
  }
  policy.values = { ...policy.values, identityProviders: [...policy.values.identityProviders, id] };
  const isOfOrganization = store.identityProviders.get(id)?.resourceOwner !== store.instanceId;
  const payload = { idpConfigId: id, ...(isOfOrganization ? { idpProviderType: 1 } : {}) };
  return writeLink(store, owner, "added", payload);
}

/** Removes an identity provider from the login settings. */
export function removeLoginProvider(store: Store, owner: Aggregate, id: string): History {
  const policy = requireOwnLoginPolicy(store, owner, "Org-GVDfe");
  if (!policy.values.identityProviders.includes(id)) {
    throw owner.aggregateType === "instance"
      ? zitadelError(Code.NotFound, "INSTANCE-39fjs", "Identity provider doesn't exist")
      : zitadelError(Code.NotFound, "Org-39fjs", "Errors.Org.LoginPolicy.IDP.NotExisting");
  }
  const identityProviders = policy.values.identityProviders.filter((one) => one !== id);
  policy.values = { ...policy.values, identityProviders };
  return writeLink(store, owner, "removed", { idpConfigId: id });
}

/** A provider in the login settings has a history of its own: adding one does not change that of the settings. */
function writeLink(store: Store, owner: Aggregate, verb: string, payload: { idpConfigId: string }): History {
  const link = newHistory(store.now());
  const type = `${owner.aggregateType}.policy.login.idpprovider.${verb}`;
  writePartEvents(store, owner, link, { type, payload });
  return link;
}

type FactorList = "secondFactors" | "multiFactors";

const FACTORS = {
  secondFactors: {
    event: "secondfactor",
    exists: "2B0ps",
    unknown: "3M9od",
    bad: ["INSTANCE-5m9fs", "INSTANCE-55n8s", "Org-5m9fs", "Org-55n8s"],
    known: [1, 2, 3, 4],
  },
  multiFactors: {
    event: "multifactor",
    exists: "3M9od",
    unknown: "3M9df",
    bad: ["INSTANCE-5m9fs", "INSTANCE-33m9F", "Org-5m9fs", "Org-5m9fs"],
    known: [1],
  },
} as const;

/** Adds a factor to the login settings, by its number in the API. */
export function addLoginFactor(store: Store, owner: Aggregate, list: FactorList, factor: number): Policy {
  const isInstance = owner.aggregateType === "instance";
  const { event, exists, bad } = requireKnownFactor(list, factor, isInstance ? 0 : 2);
  const policy = requirePolicy(store, owner, "login");
  if (policy.values[list].includes(factor)) {
    const text = isInstance ? "Errors.Instance.MFA.AlreadyExists" : "Multifactor already exists";
    throw zitadelError(Code.AlreadyExists, `${getIdPrefix(bad[isInstance ? 0 : 2])}-${exists}`, text);
  }
  policy.values = { ...policy.values, [list]: [...policy.values[list], factor] };
  const type = `${owner.aggregateType}.policy.login.${event}.added`;
  writePartEvents(store, owner, policy, { type, payload: { mfaType: factor } });
  return policy;
}

/** Removes a factor from the login settings. */
export function removeLoginFactor(store: Store, owner: Aggregate, list: FactorList, factor: number): Policy {
  const isInstance = owner.aggregateType === "instance";
  const { event, unknown, bad } = requireKnownFactor(list, factor, isInstance ? 1 : 3);
  const policy = requirePolicy(store, owner, "login");
  if (!policy.values[list].includes(factor)) {
    const id = `${getIdPrefix(bad[isInstance ? 0 : 2])}-${unknown}`;
    throw zitadelError(Code.NotFound, id, "Multifactor not existing");
  }
  policy.values = { ...policy.values, [list]: policy.values[list].filter((one) => one !== factor) };
  const type = `${owner.aggregateType}.policy.login.${event}.removed`;
  writePartEvents(store, owner, policy, { type, payload: { mfaType: factor } });
  return policy;
}

function requireKnownFactor(
  list: FactorList,
  factor: number,
  place: 0 | 1 | 2 | 3,
): (typeof FACTORS)[FactorList] {
  const info = FACTORS[list];
  if ((info.known as readonly number[]).includes(factor)) return info;
  throw zitadelError(Code.InvalidArgument, info.bad[place], "Multifactor invalid");
}

function getIdPrefix(id: string): string {
  return id.split("-")[0] ?? "";
}

function requireOwnLoginPolicy(store: Store, owner: Aggregate, unknown: string): Policy<"login"> {
  if (owner.aggregateType !== "instance" && findOwnPolicy(store, "login", owner.id) === undefined) {
    throw zitadelError(Code.NotFound, unknown, "Login Policy not found");
  }
  return requirePolicy(store, owner, "login");
}
