import type { JsonObject } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { findChanges, omitUndefined, toNanoseconds } from "./event-payloads.ts";
import { LANGUAGES, toLanguage } from "./languages.ts";
import type { Aggregate, History } from "./model/aggregate.ts";
import type {
  InstanceDomain,
  OidcSettings,
  Restrictions,
  SecuritySettings,
} from "./model/instance-settings.ts";
import type { Store } from "./model/store.ts";
import { newAggregate, newHistory, writeEvents, writePartEvents } from "./store.ts";

/** Renames the instance. It is not an error if the name is the same. */
export function renameInstance(store: Store, name: string): void {
  const trimmed = name.trim();
  if (trimmed === "") throw zitadelError(Code.InvalidArgument, "INST-092mid", "Errors.Invalid.Argument");
  if (trimmed === store.settings.name) return;
  store.settings.name = trimmed;
  writeEvents(store, store.instance, { type: "instance.changed", payload: { name: trimmed } });
}

/** Gets the languages that users may choose. */
export function getAllowedLanguages({ settings }: Store): string[] {
  const allowed = settings.restrictions?.allowedLanguages ?? [];
  return allowed.length === 0 ? LANGUAGES : [...allowed];
}

/** Sets the language of users who have not chosen one. */
export function setDefaultLanguage(store: Store, language: string): void {
  if (language === "") throw zitadelError(Code.InvalidArgument, "LANG-3M9f2", "Language is undefined");
  if (toLanguage(language) === "und") {
    throw zitadelError(Code.InvalidArgument, "LANG-jc8Sq", "Could not parse language");
  }
  requireSupported([language]);
  if (language === store.settings.defaultLanguage) {
    throw zitadelError(Code.FailedPrecondition, "INST-DS3rq", "Instance not changed");
  }
  if (!getAllowedLanguages(store).includes(language)) {
    throw zitadelError(Code.FailedPrecondition, "LANG-2M9fs", "Language is not allowed");
  }
  store.settings.defaultLanguage = language;
  writeEvents(store, store.instance, { type: "instance.default.language.set", payload: { language } });
}

/** Sets the organization for calls that do not name one. */
export function setDefaultOrganization(store: Store, orgId: string): void {
  if (orgId === store.defaultOrganizationId) {
    throw zitadelError(Code.FailedPrecondition, "INST-SDfw2", "Instance not changed");
  }
  if (!store.organizations.has(orgId)) {
    throw zitadelError(Code.FailedPrecondition, "INSTA-Wfe21", "Organisation not found");
  }
  store.defaultOrganizationId = orgId;
  writeEvents(store, store.instance, { type: "instance.default.org.set", payload: { orgId } });
}

/** Sets who may embed the login in an iframe, and whether impersonation is allowed. */
export function setSecurity(store: Store, wanted: Omit<SecuritySettings, keyof History>): SecuritySettings {
  const none = { enableIframeEmbedding: false, allowedOrigins: [], enableImpersonation: false };
  const before = store.settings.security ?? { ...newHistory(store.now()), ...none };
  const names = {
    enableIframeEmbedding: "enable_iframe_embedding",
    allowedOrigins: "allowedOrigins",
    enableImpersonation: "enable_impersonation",
  };
  const payload = changes(names, wanted, before);
  if (Object.keys(payload).length === 0)
    throw zitadelError(Code.FailedPrecondition, "POLICY-EWsf3", "No changes");
  const security = Object.assign(before, wanted);
  store.settings.security = security;
  writePartEvents(store, store.instance, security, { type: "instance.policy.security.set", payload });
  return security;
}

/** Sets the lifetimes of tokens. */
export function setOidcSettings(store: Store, wanted: Omit<OidcSettings, keyof History>): OidcSettings {
  if (Object.values(wanted).some((one) => one === 0)) {
    throw zitadelError(Code.InvalidArgument, "INST-10sxks", "Errors.Invalid.Argument");
  }
  const { oidc } = store.settings;
  const names = Object.fromEntries(Object.keys(wanted).map((name) => [name, name]));
  const payload = Object.fromEntries(
    Object.entries(changes(names, wanted, oidc)).map(([name, ms]) => [name, toNanoseconds(ms as number)]),
  );
  if (Object.keys(payload).length === 0) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-0pk2nu", "No changes");
  }
  Object.assign(oidc, wanted);
  writePartEvents(store, store.instance, oidc, { type: "instance.oidc.settings.changed", payload });
  return oidc;
}

/** Sets the restrictions. Unchanged values are not an error. */
export function setRestrictions(
  store: Store,
  wanted: { readonly disallowPublicOrgRegistration?: boolean; readonly allowedLanguages?: readonly string[] },
): Restrictions {
  const { disallowPublicOrgRegistration, allowedLanguages } = wanted;
  if (disallowPublicOrgRegistration === undefined && allowedLanguages === undefined) {
    throw zitadelError(Code.InvalidArgument, "COMMAND-oASwj", "No restrictions specified");
  }
  if (allowedLanguages !== undefined) requireAllowable(store, allowedLanguages);
  const identity = { aggregateType: "restrictions", id: store.newId(), resourceOwner: store.instanceId };
  const restrictions = store.settings.restrictions ?? {
    ...newAggregate(store, identity),
    disallowPublicOrgRegistration: false,
    allowedLanguages: [],
  };
  const given = omitUndefined(wanted);
  const payload = findChanges(given, restrictions);
  if (Object.keys(payload).length === 0) return restrictions;
  store.settings.restrictions = Object.assign(restrictions, given);
  writeEvents(store, restrictions, { type: "restrictions.set", payload });
  return restrictions;
}

function requireAllowable(store: Store, languages: readonly string[]): void {
  const repeated = languages.filter((one, index) => languages.indexOf(one) < index);
  if (repeated.length > 1)
    throw zitadelError(Code.InvalidArgument, "LANG-3M9f2", "Languages have duplicates");
  if (repeated.length === 1) {
    throw zitadelError(Code.InvalidArgument, "LANG-XHiK5", `Errors.Languages.Duplicate: [${repeated[0]}]`);
  }
  requireSupported(languages);
  if (languages.length > 0 && !languages.includes(store.settings.defaultLanguage)) {
    throw zitadelError(Code.FailedPrecondition, "COMMAND-L0m2u", "The default language must be allowed");
  }
}

/** Throws if the server does not have texts in a language. */
export function requireLanguage(language: string): void {
  if (toLanguage(language) === "und") {
    throw zitadelError(Code.InvalidArgument, "LANG-3M9f2", "Language is undefined");
  }
  requireSupported([language]);
}

function requireSupported(languages: readonly string[]): void {
  const unknown = languages.filter((one) => !LANGUAGES.includes(one));
  if (unknown.length === 0) return;
  if (unknown.length === 1) {
    throw zitadelError(Code.InvalidArgument, "LANG-lg4DP", "Language is not supported");
  }
  const text = `Errors.Languages.NotSupported: [${unknown.join(" ")}]`;
  throw zitadelError(Code.InvalidArgument, "LANG-XHiK5", text);
}

/** Sets texts of the hosted login for a language. */
export function setTranslation(store: Store, owner: Aggregate, language: string, texts: JsonObject): void {
  store.settings.translations.set(`${owner.id} ${language}`, texts);
  const payload = { translation: texts, language, level: owner.aggregateType };
  writeEvents(store, owner, { type: `${owner.aggregateType}.hosted_login_translation.set`, payload });
}

const DOMAIN = /^[a-zA-Z0-9.-]+$/;
const LONGEST_DOMAIN = 253;

/** Adds a domain that clients may name as the public host of the instance. */
export function addTrustedDomain(store: Store, text: string): InstanceDomain {
  const domain = text.trim();
  const { trustedDomains } = store.settings;
  requireDomain(domain, "COMMA-Stk21", "COMMA-S3v3w");
  if (trustedDomains.has(domain)) {
    throw zitadelError(Code.FailedPrecondition, "COMMA-hg42a", "Errors.Instance.Domain.AlreadyExists");
  }
  return addDomain(store, trustedDomains, domain, "instance.trusted_domains.added");
}

/** Removes a trusted domain. Returns undefined if there is none. */
export function removeTrustedDomain(store: Store, text: string): InstanceDomain | undefined {
  const domain = text.trim();
  requireDomain(domain, "COMMA-ajAzwu", "COMMA-lfs3Te");
  return removeDomain(store, store.settings.trustedDomains, domain, "instance.trusted_domains.removed");
}

/** Adds a custom domain of the instance. */
export function addCustomDomain(store: Store, text: string): InstanceDomain {
  const domain = text.trim();
  const { customDomains } = store.settings;
  requireDomain(domain, "INST-28nlD", "INST-S3v3w");
  if (customDomains.has(domain)) {
    throw zitadelError(Code.AlreadyExists, "INST-i2nl", "Errors.Instance.Domain.AlreadyExists");
  }
  return addDomain(store, customDomains, domain, "instance.domain.added");
}

/** Makes a custom domain the primary one. Returns undefined if there is none. */
export function setPrimaryCustomDomain(store: Store, domain: string): InstanceDomain | undefined {
  const { customDomains } = store.settings;
  const primary = customDomains.get(domain);
  if (primary === undefined) return undefined;
  for (const one of customDomains.values()) one.primary = one === primary;
  const event = { type: "instance.domain.primary.set", payload: { domain } };
  writePartEvents(store, store.instance, primary, event);
  return primary;
}

/** Removes a custom domain. Returns undefined if there is none. */
export function removeCustomDomain(store: Store, text: string): InstanceDomain | undefined {
  const domain = text.trim();
  const { customDomains } = store.settings;
  if (domain === "") throw zitadelError(Code.InvalidArgument, "INST-39nls", "Errors.Invalid.Argument");
  if (customDomains.get(domain)?.generated === true) {
    const message = "Errors.Instance.Domain.GeneratedNotRemovable";
    throw zitadelError(Code.FailedPrecondition, "INSTANCE-9hn3n", message);
  }
  return removeDomain(store, customDomains, domain, "instance.domain.removed");
}

function requireDomain(domain: string, badLength: string, badLetters: string): void {
  if (domain === "" || domain.length > LONGEST_DOMAIN) {
    throw zitadelError(Code.InvalidArgument, badLength, "Errors.Invalid.Argument");
  }
  if (!DOMAIN.test(domain)) {
    throw zitadelError(Code.InvalidArgument, badLetters, "Errors.Instance.Domain.InvalidCharacter");
  }
}

function addDomain(
  store: Store,
  domains: Map<string, InstanceDomain>,
  domain: string,
  type: string,
): InstanceDomain {
  const added = { ...newHistory(store.now()), domain, generated: false, primary: false };
  domains.set(domain, added);
  writePartEvents(store, store.instance, added, { type, payload: { domain } });
  return added;
}

function removeDomain(
  store: Store,
  domains: Map<string, InstanceDomain>,
  domain: string,
  type: string,
): InstanceDomain | undefined {
  const removed = domains.get(domain);
  if (removed === undefined) return undefined;
  domains.delete(domain);
  writePartEvents(store, store.instance, removed, { type, payload: { domain } });
  return removed;
}

/** Creates the payload of an event: the values that differ, under their names in events. */
function changes(names: Readonly<Record<string, string>>, wanted: object, before: object): JsonObject {
  const entries = Object.entries(findChanges(wanted, before));
  return Object.fromEntries(entries.map(([name, value]) => [names[name] ?? name, value]));
}
