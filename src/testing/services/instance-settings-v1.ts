import { Code } from "@connectrpc/connect";
import type { AdminService } from "../../../gen/zitadel/admin_pb.js";
import { State } from "../../../gen/zitadel/instance_pb.js";
import type { ListQuery } from "../../../gen/zitadel/object_pb.js";
import { OIDCSettingsSchema, SecurityPolicySchema } from "../../../gen/zitadel/settings_pb.js";
import { zitadelError } from "../errors.ts";
import type { Handlers } from "../handlers.ts";
import { setFeatures } from "../state/features.ts";
import {
  addTrustedDomain,
  getAllowedLanguages,
  removeTrustedDomain,
  setDefaultLanguage,
  setOidcSettings,
  setRestrictions,
  setSecurity,
} from "../state/instance-settings.ts";
import { LANGUAGES } from "../state/languages.ts";
import type { InstanceDomain } from "../state/model/instance-settings.ts";
import type { Store } from "../state/model/store.ts";
import { VERSION } from "../state/version.ts";
import { toAddDetailsV1, toChangeDetailsV1, toObjectDetailsV1 } from "./details.ts";
import { toPage } from "./lists.ts";
import { textMatches } from "./matching.ts";
import { parseFields, toFields } from "./message-fields.ts";
import { toListDetailsV1 } from "./views-v1.ts";

/** Settings that only the instance has, in zitadel.admin.v1.AdminService. */
export function createInstanceSettingsV1(store: Store): Handlers<typeof AdminService> {
  const owned = <T extends object>(part: T) => ({ ...part, resourceOwner: store.instanceId });
  const changed = () => ({ details: toChangeDetailsV1(store.instance) });
  return {
    getMyInstance: () => ({ instance: toInstanceViewV1(store) }),
    getSupportedLanguages: () => ({ languages: LANGUAGES }),
    getAllowedLanguages: () => ({ languages: getAllowedLanguages(store) }),
    getDefaultLanguage: () => ({ language: store.settings.defaultLanguage }),
    setDefaultLanguage: ({ language }) => {
      setDefaultLanguage(store, language);
      return changed();
    },
    getSecurityPolicy: () => {
      const { security } = store.settings;
      if (security === undefined) return { policy: { details: {} } };
      return {
        policy: toFields(SecurityPolicySchema, { ...security, details: toObjectDetailsV1(owned(security)) }),
      };
    },
    setSecurityPolicy: ({ enableIframeEmbedding, allowedOrigins, enableImpersonation }) => {
      const security = setSecurity(store, { enableIframeEmbedding, allowedOrigins, enableImpersonation });
      return { details: toChangeDetailsV1(owned(security)) };
    },
    getOIDCSettings: () => {
      const details = toObjectDetailsV1(owned(store.settings.oidc));
      return { settings: toFields(OIDCSettingsSchema, { ...store.settings.oidc, details }) };
    },
    addOIDCSettings: () => {
      throw zitadelError(Code.AlreadyExists, "INST-0aaj1o", "OIDC configuration already exists");
    },
    updateOIDCSettings: (request) => ({
      details: toChangeDetailsV1(owned(setOidcSettings(store, parseFields(request, LIFETIMES)))),
    }),
    getRestrictions: () => {
      const { restrictions } = store.settings;
      if (restrictions === undefined) return { details: {} };
      const { disallowPublicOrgRegistration, allowedLanguages } = restrictions;
      const details = toObjectDetailsV1(restrictions);
      return { details, disallowPublicOrgRegistration, allowedLanguages: [...allowedLanguages] };
    },
    setRestrictions: ({ disallowPublicOrgRegistration, allowedLanguages }) => {
      const restrictions = setRestrictions(store, {
        ...(disallowPublicOrgRegistration === undefined ? {} : { disallowPublicOrgRegistration }),
        ...(allowedLanguages === undefined ? {} : { allowedLanguages: allowedLanguages.list }),
      });
      return { details: toChangeDetailsV1(restrictions) };
    },
    activateFeatureLoginDefaultOrg: () => {
      const { features } = store.settings;
      setFeatures(store, features, { loginDefaultOrg: true });
      return { details: toChangeDetailsV1(features) };
    },
    listInstanceDomains: (request) => createCustomDomainsV1(store, request),
    listInstanceTrustedDomains: ({ query, queries, sortingColumn }) => {
      const found = [...store.settings.trustedDomains.values()].filter((one) =>
        queries.every((each) => isWanted(one, each)),
      );
      const page = toPage(found, query, ({ domain }) => domain);
      const result = page.items.map((one) => ({
        details: toObjectDetailsV1(owned(one)),
        domain: one.domain,
      }));
      return { details: toListDetailsV1(store, page), sortingColumn, result };
    },
    addInstanceTrustedDomain: ({ domain }) => ({
      details: toAddDetailsV1(owned(addTrustedDomain(store, domain))),
    }),
    removeInstanceTrustedDomain: ({ domain }) => {
      const removed = removeTrustedDomain(store, domain);
      if (removed === undefined)
        throw zitadelError(Code.NotFound, "COMMA-de3z9", "Errors.Instance.Domain.NotFound");
      return { details: toChangeDetailsV1(owned(removed)) };
    },
  };
}

/** Converts the instance to the form in which v1 shows it. */
export function toInstanceViewV1(store: Store) {
  return {
    id: store.instanceId,
    details: toObjectDetailsV1(store.instance),
    state: State.RUNNING,
    name: store.settings.name,
    version: VERSION,
    domains: [...store.settings.customDomains.values()].map((one) => toDomainView(store, one)),
  };
}

/** The OIDC settings that can be changed. */
const LIFETIMES = {
  accessTokenLifetime: 0,
  idTokenLifetime: 0,
  refreshTokenIdleExpiration: 0,
  refreshTokenExpiration: 0,
};

interface ListRequest<Column> {
  readonly query?: ListQuery | undefined;
  readonly sortingColumn: Column;
  readonly queries: readonly DomainQuery[];
}

/** Lists the instance's domains, as v1 shows them. */
export function createCustomDomainsV1<Column>(
  store: Store,
  { query, queries, sortingColumn }: ListRequest<Column>,
) {
  const found = [...store.settings.customDomains.values()].filter((one) =>
    queries.every((each) => isWanted(one, each)),
  );
  const page = toPage(found, query, ({ domain }) => domain);
  const result = page.items.map((one) => toDomainView(store, one));
  return { details: toListDetailsV1(store, page), sortingColumn, result };
}

function toDomainView(store: Store, domain: InstanceDomain) {
  const details = toObjectDetailsV1({ ...domain, resourceOwner: store.instanceId });
  return { details, domain: domain.domain, primary: domain.primary, generated: domain.generated };
}

interface DomainQuery {
  readonly query:
    | { case: "domainQuery"; value: { domain: string; method: number } }
    | { case: "generatedQuery"; value: { generated: boolean } }
    | { case: "primaryQuery"; value: { primary: boolean } }
    | { case: undefined; value?: undefined };
}

function isWanted({ domain, generated, primary }: InstanceDomain, { query }: DomainQuery): boolean {
  switch (query.case) {
    case "domainQuery":
      return textMatches(domain, query.value.domain, query.value.method);
    case "generatedQuery":
      return generated === query.value.generated;
    case "primaryQuery":
      return primary === query.value.primary;
    default:
      throw zitadelError(Code.InvalidArgument, "INST-Ags42", "List.Query.Invalid");
  }
}
