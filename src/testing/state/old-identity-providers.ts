import type { JsonObject } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { fakeEncrypted, findChanges, omitEmpty } from "./event-payloads.ts";
import { deleteProvider, providerNotFound } from "./identity-providers.ts";
import { removeIdpLink } from "./idp-links.ts";
import type { Aggregate } from "./model/aggregate.ts";
import type { IdentityProvider, OldProvider, ProviderSettings } from "./model/identity-provider.ts";
import type { Store } from "./model/store.ts";
import { newHistory, writeEvents, writePartEvents } from "./store.ts";

// The oldest kind of identity providers, which v1 calls IDPs. All other APIs show them as generic providers.

/** A provider of the oldest kind. */
export type OldIdentityProvider = IdentityProvider & { readonly old: OldProvider };

/** The values that all providers of the oldest kind have. */
export interface OldProviderInput {
  readonly name: string;
  readonly stylingType: number;
  readonly autoRegister: boolean;
}

/** The claims from which an OIDC provider takes the display name and username, as the API numbers them. */
export type Mappings = Pick<OldProvider, "displayNameMapping" | "usernameMapping">;

type ErrorName = "unknown" | "unchanged" | "notActive" | "notInactive" | "removed";

/** The ids of errors of the instance and of organizations. */
const ERROR_IDS: Readonly<Record<ErrorName, readonly [instance: string, organization: string]>> = {
  unknown: ["INSTANCE-m0e3r", "Org-1J9fs"],
  unchanged: ["INSTANCE-3k0fs", "Org-jf9w"],
  notActive: ["INSTANCE-2n0fs", "Org-BBmd0"],
  notInactive: ["INSTANCE-5Mo0d", "Org-5Mo0d"],
  removed: ["INSTANCE-4M0xy", "Org-Yx9vd"],
};

const SETTINGS = {
  oidc: {
    event: "oidc.config",
    unknown: ["INSTANCE-67J9d", "Org-67J9d"],
    unchanged: ["INSTANCE-d8kwF", "Org-10ods"],
  },
  jwt: {
    event: "jwt.config",
    unknown: ["INSTANCE-2m00d", "Org-67J9d"],
    unchanged: ["INSTANCE-3n9gg", "Org-2k9fs"],
  },
} as const;

/** The number of JWT providers in events; OIDC providers have none. */
const JWT_TYPE = 2;

/** Adds a provider. Its name must be free. */
export function addOldProvider(
  store: Store,
  owner: Aggregate,
  kind: "oidc" | "jwt",
  { input, settings, mappings }: { input: OldProviderInput; settings: ProviderSettings; mappings: Mappings },
): OldIdentityProvider {
  requireFreeName(store, owner, input.name);
  const { name, stylingType, autoRegister } = input;
  const id = store.newId();
  const provider: OldIdentityProvider = {
    ...newHistory(store.now()),
    id,
    resourceOwner: owner.id,
    kind,
    name,
    options: toOptions(autoRegister),
    settings: kind === "oidc" ? { ...settings, isIdTokenMapping: true, usePkce: false } : settings,
    old: { ...newHistory(store.now()), state: "active", stylingType, ...mappings },
  };
  store.identityProviders.set(id, provider);
  const common = omitEmpty({ name, idpType: kind === "oidc" ? 0 : JWT_TYPE, stylingType, autoRegister });
  write(store, owner, provider, { type: "config.added", payload: common });
  write(store, owner, provider, {
    type: `${SETTINGS[kind].event}.added`,
    payload: omitEmpty(toPayload(settings, mappings)),
  });
  return provider;
}

/** Changes the values that all providers of the oldest kind have. */
export function changeOldProvider(
  store: Store,
  owner: Aggregate,
  id: string,
  { name, stylingType, autoRegister }: OldProviderInput,
): OldIdentityProvider {
  const provider = findOldProvider(store, owner, id);
  if (provider === undefined) throw notExisting(owner, "unknown");
  const { old, options } = provider;
  const before = { name: provider.name, stylingType: old.stylingType, autoRegister: options.isAutoCreation };
  const changes = findChanges({ name, stylingType, autoRegister }, before);
  if (Object.keys(changes).length === 0) throw refuse(owner, ERROR_IDS.unchanged, "NotChanged");
  if (name !== provider.name) requireFreeName(store, owner, name);
  provider.name = name;
  provider.options = toOptions(autoRegister);
  old.stylingType = stylingType;
  write(store, owner, provider, { type: "config.changed", payload: changes });
  return provider;
}

/** Changes the settings of an OIDC or a JWT provider. An empty secret stays unchanged. */
export function changeOldSettings(
  store: Store,
  owner: Aggregate,
  { id, kind }: { readonly id: string; readonly kind: "oidc" | "jwt" },
  { settings, mappings }: { settings: ProviderSettings; mappings: Mappings },
): OldIdentityProvider {
  const { event, unknown, unchanged } = SETTINGS[kind];
  const provider = findOldProvider(store, owner, id);
  if (provider?.kind !== kind) {
    throw zitadelError(
      Code.NotFound,
      chooseId(owner, unknown),
      `Errors.${scope(owner)}.IDPConfig.AlreadyExists`,
    );
  }
  const { clientSecret, ...others } = settings;
  const secret = clientSecret === undefined || clientSecret === "" ? {} : { clientSecret };
  const changed = findChanges(others, provider.settings);
  // Unspecified mappings stay unchanged.
  const given = Object.fromEntries(Object.entries(mappings).filter(([, number]) => number !== 0));
  const changedMappings = findChanges(given, provider.old);
  const changes = toPayload({ ...changed, ...secret } as ProviderSettings, changedMappings);
  if (Object.keys(changes).length === 0) throw refuse(owner, unchanged, "NotChanged");
  provider.settings = { ...provider.settings, ...others, ...secret };
  Object.assign(provider.old, given);
  write(store, owner, provider, { type: `${event}.changed`, payload: changes });
  return provider;
}

/** Deactivates or reactivates a provider. Only the oldest RPCs show its state. */
export function setOldProviderState(
  store: Store,
  owner: Aggregate,
  id: string,
  state: OldProvider["state"],
): OldProvider {
  const old = findOldProvider(store, owner, id)?.old;
  const isActivation = state === "active";
  if (old === undefined || old.state === state) {
    const name = isActivation ? "notInactive" : "notActive";
    throw refuse(owner, ERROR_IDS[name], isActivation ? "NotInactive" : "NotActive");
  }
  old.state = state;
  const type = `config.${isActivation ? "reactivated" : "deactivated"}`;
  writePartEvents(store, owner, old, { type: toEventType(owner, type), payload: { idpConfigId: id } });
  return old;
}

/** Removes a provider, also from the login settings, and the users' links to it. */
export function removeOldProvider(store: Store, owner: Aggregate, id: string): OldProvider {
  const provider = findOldProvider(store, owner, id);
  if (provider === undefined) throw notExisting(owner, "removed");
  deleteProvider(store, id);
  const payload = { idpConfigId: id };
  writePartEvents(store, owner, provider.old, { type: toEventType(owner, "config.removed"), payload });
  const type = `${owner.aggregateType}.policy.login.idpprovider.cascade.removed`;
  writeEvents(store, owner, { type, payload });
  for (const [userId, { idpLinks }] of store.authMethods) {
    const user = store.users.get(userId);
    for (const link of [...idpLinks.values()]) {
      if (user !== undefined && link.idpId === id) removeIdpLink(store, user, link, "cascade");
    }
  }
  return provider.old;
}

/** Finds a provider of the oldest kind to read: an organization also sees those of the instance. */
export function readOldProvider(store: Store, owner: Aggregate, id: string): OldIdentityProvider {
  const provider = findOldProvider(store, owner, id) ?? findOldProvider(store, store.instance, id);
  if (provider === undefined) throw providerNotFound(Code.NotFound, "QUERY-rhR2o");
  return provider;
}

/** Whether a provider is of the oldest kind. */
export function isOldProvider(provider: IdentityProvider): provider is OldIdentityProvider {
  return provider.old !== undefined;
}

function findOldProvider(store: Store, owner: Aggregate, id: string): OldIdentityProvider | undefined {
  const provider = store.identityProviders.get(id);
  if (provider === undefined || !isOldProvider(provider)) return undefined;
  return provider.resourceOwner === owner.id ? provider : undefined;
}

function requireFreeName(store: Store, owner: Aggregate, name: string): void {
  for (const other of store.identityProviders.values()) {
    if (!isOldProvider(other) || other.resourceOwner !== owner.id || other.name !== name) continue;
    throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "IDP Configuration with this name already exists");
  }
}

function toOptions(autoRegister: boolean): IdentityProvider["options"] {
  return {
    isLinkingAllowed: true,
    isCreationAllowed: true,
    isAutoCreation: autoRegister,
    isAutoUpdate: false,
    autoLinking: 0,
  };
}

function toPayload(settings: ProviderSettings, mappings: Partial<Mappings>): JsonObject {
  const { displayNameMapping, usernameMapping } = mappings;
  const { clientSecret, ...others } = settings;
  return {
    // The values are strings and lists of strings.
    ...(others as JsonObject),
    ...(clientSecret === undefined ? {} : { clientSecret: fakeEncrypted("idpConfigKey") }),
    ...(displayNameMapping === undefined ? {} : { idpDisplayNameMapping: displayNameMapping }),
    ...(usernameMapping === undefined ? {} : { usernameMapping }),
  };
}

/** Writes an event, and updates both histories of the provider. */
function write(
  store: Store,
  owner: Aggregate,
  provider: OldIdentityProvider,
  { type, payload }: { readonly type: string; readonly payload: JsonObject },
): void {
  const event = { type: toEventType(owner, type), payload: { idpConfigId: provider.id, ...payload } };
  writePartEvents(store, owner, provider, event);
  const { sequence, createdAt, changedAt } = provider;
  Object.assign(provider.old, { sequence, createdAt, changedAt });
}

function toEventType({ aggregateType }: Aggregate, type: string): string {
  return `${aggregateType === "instance" ? "iam" : "org"}.idp.${type}`;
}

function scope({ aggregateType }: Aggregate): "Instance" | "Org" {
  return aggregateType === "instance" ? "Instance" : "Org";
}

function chooseId(
  { aggregateType }: Aggregate,
  [ofInstance, ofOrganization]: readonly [string, string],
): string {
  return aggregateType === "instance" ? ofInstance : ofOrganization;
}

function notExisting(owner: Aggregate, name: "unknown" | "removed"): Error {
  const id = chooseId(owner, ERROR_IDS[name]);
  if (owner.aggregateType === "instance") return providerNotFound(Code.NotFound, id);
  return zitadelError(Code.NotFound, id, "Errors.Org.IDPConfig.NotExisting");
}

function refuse(owner: Aggregate, ids: readonly [string, string], reason: string): Error {
  return zitadelError(
    Code.FailedPrecondition,
    chooseId(owner, ids),
    `Errors.${scope(owner)}.IDPConfig.${reason}`,
  );
}
