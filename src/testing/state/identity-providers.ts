import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { fakeEncrypted, findChanges, omitEmpty, toNanoseconds } from "./event-payloads.ts";
import type { Aggregate } from "./model/aggregate.ts";
import type {
  IdentityProvider,
  ProviderKind,
  ProviderOptions,
  ProviderSettings,
} from "./model/identity-provider.ts";
import type { PolicyValues } from "./model/policy.ts";
import type { Store } from "./model/store.ts";
import { PROVIDER_KINDS, SECRETS } from "./provider-kinds.ts";
import { newHistory, secretText, writePartEvents } from "./store.ts";

/** The values of a provider that a request sets. */
export interface ProviderInput {
  readonly name: string;
  readonly options: ProviderOptions;
  readonly settings: ProviderSettings;
}

/** The error messages for missing settings of Apple. Those of the other kinds do not name the setting. */
const MISSING: Readonly<Record<string, string>> = {
  clientId: "ClientID missing",
  teamId: "TeamID missing",
  keyId: "KeyID missing",
  privateKey: "Private Key missing",
};

/** Adds an identity provider to the instance or to an organization. */
export function addIdentityProvider(
  store: Store,
  owner: Aggregate,
  kind: ProviderKind,
  input: ProviderInput,
): IdentityProvider {
  const { name, options, settings } = checkInput(owner, kind, input, "add");
  const id = store.newId();
  const provider = { ...newHistory(store.now()), id, resourceOwner: owner.id, kind, name, options, settings };
  store.identityProviders.set(id, provider);
  const payload = {
    id,
    ...omitEmpty({ ...(name === "" ? {} : { name }), ...settingsPayload(kind, settings), ...options }),
  };
  write(store, owner, provider, { verb: "added", payload });
  return provider;
}

/** Changes a provider. Unchanged values are not an error. */
export function updateIdentityProvider(
  store: Store,
  owner: Aggregate,
  { id, kind }: { readonly id: string; readonly kind: ProviderKind },
  input: ProviderInput,
): IdentityProvider {
  const { name, options, settings: wanted } = checkInput(owner, kind, input, "update");
  const provider = findOwn(store, owner, id);
  if (provider?.kind !== kind) throw unknownProvider(owner, PROVIDER_KINDS[kind].unknown);
  const settings = Object.fromEntries(
    Object.entries(wanted).filter(([key, value]) => !(SECRETS.has(key) && value.valueOf() === "")),
  );
  const changes = {
    ...findChanges({ name }, { name: provider.name }),
    ...settingsPayload(kind, findChanges(settings, provider.settings)),
    ...findChanges(options, provider.options),
  };
  provider.name = name;
  provider.options = options;
  provider.settings = { ...provider.settings, ...settings };
  if (Object.keys(changes).length > 0) {
    write(store, owner, provider, { verb: "changed", payload: { id, ...changes } });
  }
  return provider;
}

/** Turns a generic provider into a Microsoft or Google provider. Its links stay. */
export function migrateIdentityProvider(
  store: Store,
  owner: Aggregate,
  { id, kind }: { readonly id: string; readonly kind: "azureAd" | "google" },
  input: ProviderInput,
): IdentityProvider {
  const { name, options, settings } = checkInput(owner, kind, input, "add");
  const provider = findOwn(store, owner, id);
  if (provider?.kind !== "oidc") {
    throw unknownProvider(owner, kind === "google" ? "Dg29202/x09981" : "Dg29201/Dg239201");
  }
  Object.assign(provider, { kind, name, options, settings });
  const target = kind === "google" ? "google" : "azure";
  const payload = { id, ...omitEmpty({ name, ...settingsPayload(kind, settings), ...options }) };
  const type = `${owner.aggregateType}.idp.oidc.migrated.${target}`;
  writePartEvents(store, owner, provider, { type, payload });
  return provider;
}

/** Replaces the certificate that signs SAML requests to the provider. */
export function renewCertificate(store: Store, owner: Aggregate, id: string): IdentityProvider {
  const provider = findOwn(store, owner, id);
  if (provider?.kind !== "saml") throw unknownProvider(owner, "76dbwsv9vm/4dw21ch9o9");
  const payload = { id, key: fakeEncrypted("idpConfigKey"), certificate: secretText(44) };
  write(store, owner, provider, { verb: "changed", payload });
  return provider;
}

/** The id of the error for metadata that cannot be fetched from its URL. */
export function toMetadataErrorId(owner: Aggregate, operation: "add" | "update"): string {
  return toErrorId(owner, operation === "add" ? "8vam1khq22/ipzxvf3cv2" : "iijz4h01if/bkaiyd3rfo");
}

/** Removes a provider, also from all login settings. */
export function removeIdentityProvider(store: Store, owner: Aggregate, id: string): IdentityProvider {
  const provider = findOwn(store, owner, id);
  if (provider === undefined) throw unknownProvider(owner, "Se3tg");
  deleteProvider(store, id);
  writePartEvents(store, owner, provider, { type: `${owner.aggregateType}.idp.removed`, payload: { id } });
  return provider;
}

/** Deletes a provider of any kind, also from all login settings. Writes no events. */
export function deleteProvider(store: Store, id: string): void {
  store.identityProviders.delete(id);
  for (const policy of store.policies.values()) {
    if (policy.kind !== "login") continue;
    const values = policy.values as PolicyValues["login"];
    const identityProviders = values.identityProviders.filter((one) => one !== id);
    policy.values = { ...values, identityProviders };
  }
}

/** Finds the provider to read, regardless of its owner. */
export function readIdentityProvider(store: Store, id: string): IdentityProvider {
  const provider = store.identityProviders.get(id);
  if (provider === undefined) throw providerNotFound(Code.NotFound, "QUERY-SAFrt");
  return provider;
}

/** The error for a provider that does not exist. */
export function providerNotFound(code: Code, errorId: string): Error {
  return zitadelError(code, errorId, "Identity Provider Configuration doesn't exist");
}

function findOwn(store: Store, owner: Aggregate, id: string): IdentityProvider | undefined {
  const provider = store.identityProviders.get(id);
  return provider?.resourceOwner === owner.id ? provider : undefined;
}

function unknownProvider(owner: Aggregate, ids: string): Error {
  const text =
    owner.aggregateType === "instance"
      ? "Identity Provider Configuration doesn't exist"
      : "Errors.Org.IDPConfig.NotExisting";
  return zitadelError(Code.NotFound, toErrorId(owner, ids), text);
}

function toErrorId({ aggregateType }: Aggregate, ids: string): string {
  const [ofInstance = "", ofOrganization = ofInstance] = ids.split("/");
  return aggregateType === "instance" ? `INST-${ofInstance}` : `ORG-${ofOrganization}`;
}

/** Trims the required values. Throws if one is empty or has an invalid format. */
function checkInput(
  owner: Aggregate,
  kind: ProviderKind,
  { name, options, settings }: ProviderInput,
  operation: "add" | "update",
): ProviderInput {
  const values: Record<string, ProviderSettings[string]> = { ...settings, name };
  for (const [key, onAdd, onUpdate] of PROVIDER_KINDS[kind].required) {
    const value = values[key];
    const trimmed = typeof value === "string" ? value.trim() : value;
    const ids = operation === "add" ? onAdd : onUpdate;
    if (ids !== undefined && isEmpty(trimmed)) {
      const message = kind === "apple" ? (MISSING[key] ?? key) : "Errors.Invalid.Argument";
      throw zitadelError(Code.InvalidArgument, toErrorId(owner, ids), message);
    }
    if (trimmed !== undefined) values[key] = trimmed;
  }
  requireFormat(owner, kind, values, operation);
  const { name: trimmedName, ...trimmedSettings } = values;
  return { name: trimmedName as string, options, settings: trimmedSettings };
}

/** Checks the format, unless the value is empty, which means that it is missing or stays unchanged. */
function requireFormat(
  owner: Aggregate,
  kind: ProviderKind,
  values: ProviderSettings,
  operation: "add" | "update",
): void {
  const { format } = PROVIDER_KINDS[kind];
  const value = values[format?.setting ?? ""];
  if (format === undefined || !(value instanceof Uint8Array) || value.length === 0 || format.fits(value))
    return;
  const ids = operation === "add" ? format.onAdd : format.onUpdate;
  throw zitadelError(Code.InvalidArgument, toErrorId(owner, ids), format.message);
}

function isEmpty(value: ProviderSettings[string] | undefined): boolean {
  return (
    value === undefined ||
    ((typeof value === "string" || "length" in Object(value)) && (value as string).length === 0)
  );
}

function settingsPayload(kind: ProviderKind, settings: object): JsonObject {
  const { payload: names = {} } = PROVIDER_KINDS[kind];
  const entries = Object.entries(settings).flatMap(([key, value]): [string, JsonValue][] => {
    if (key === "attributes") {
      // Go spells initialisms in capitals.
      const attributes = Object.entries(value as Record<string, string>);
      return attributes.map(([name, text]) => [name.replace("Url", "URL"), text]);
    }
    return [[names[key] ?? key, payloadValue(key, value)]];
  });
  return Object.fromEntries(entries);
}

function payloadValue(key: string, value: ProviderSettings[string]): JsonValue {
  if (SECRETS.has(key)) return fakeEncrypted("idpConfigKey");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return key === "timeout" ? toNanoseconds(value as number) : (value as JsonValue);
}

function write(
  store: Store,
  owner: Aggregate,
  provider: IdentityProvider,
  { verb, payload }: { readonly verb: "added" | "changed"; readonly payload: JsonObject },
): void {
  const [ofInstance, ofOrganization] = PROVIDER_KINDS[provider.kind].event;
  const name = owner.aggregateType === "instance" ? ofInstance : ofOrganization;
  writePartEvents(store, owner, provider, { type: `${owner.aggregateType}.idp.${name}.${verb}`, payload });
}
