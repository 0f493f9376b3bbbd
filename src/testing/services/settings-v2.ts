import { createHash } from "node:crypto";
import type { DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { BrandingSettingsSchema } from "../../../gen/zitadel/settings/v2/branding_settings_pb.js";
import { DomainSettingsSchema } from "../../../gen/zitadel/settings/v2/domain_settings_pb.js";
import { LegalAndSupportSettingsSchema } from "../../../gen/zitadel/settings/v2/legal_settings_pb.js";
import { LockoutSettingsSchema } from "../../../gen/zitadel/settings/v2/lockout_settings_pb.js";
import { LoginSettingsSchema } from "../../../gen/zitadel/settings/v2/login_settings_pb.js";
import {
  PasswordComplexitySettingsSchema,
  PasswordExpirySettingsSchema,
} from "../../../gen/zitadel/settings/v2/password_settings_pb.js";
import { ResourceOwnerType } from "../../../gen/zitadel/settings/v2/settings_pb.js";
import type {
  GetActiveIdentityProvidersRequest,
  SettingsService,
} from "../../../gen/zitadel/settings/v2/settings_service_pb.js";
import { zitadelError } from "../errors.ts";
import type { CallContext, Handlers } from "../handlers.ts";
import { getAllowedLanguages, setSecurity, setTranslation } from "../state/instance-settings.ts";
import { LANGUAGES } from "../state/languages.ts";
import type { Aggregate } from "../state/model/aggregate.ts";
import type { IdentityProvider } from "../state/model/identity-provider.ts";
import type { Policy, PolicyKind, PolicyValues } from "../state/model/policy.ts";
import type { Store } from "../state/model/store.ts";
import { findPolicy } from "../state/policies.ts";
import { PROVIDER_KINDS } from "../state/provider-kinds.ts";
import { toLabelUrls } from "./asset-urls.ts";
import { toChangeDetails, toObjectDetails } from "./details.ts";
import { toListDetails } from "./lists.ts";
import { toFields } from "./message-fields.ts";
import { getProviderName } from "./provider-views.ts";

/** zitadel.settings.v2.SettingsService, and that of v2beta, which lacks the translations. */
export function settingsV2(store: Store): Handlers<typeof SettingsService> {
  return {
    getGeneralSettings: () => ({
      defaultOrgId: store.defaultOrganizationId,
      defaultLanguage: store.settings.defaultLanguage,
      supportedLanguages: LANGUAGES,
      ...newer({ allowedLanguages: getAllowedLanguages(store) }),
    }),
    getLoginSettings: createRead(store, "login", LoginSettingsSchema, { passwordlessType: "passkeysType" }),
    getPasswordComplexitySettings: createRead(store, "passwordComplexity", PasswordComplexitySettingsSchema, {
      hasUppercase: "requiresUppercase",
      hasLowercase: "requiresLowercase",
      hasNumber: "requiresNumber",
      hasSymbol: "requiresSymbol",
    }),
    getPasswordExpirySettings: createRead(store, "passwordAge", PasswordExpirySettingsSchema),
    getBrandingSettings: createRead(store, "label", BrandingSettingsSchema),
    getDomainSettings: createRead(store, "domain", DomainSettingsSchema, {
      userLoginMustBeDomain: "loginNameIncludesDomain",
      validateOrgDomains: "requireOrgDomainVerification",
    }),
    getLegalAndSupportSettings: createRead(store, "privacy", LegalAndSupportSettingsSchema, {
      privacyLink: "privacyPolicyLink",
    }),
    getLockoutSettings: createRead(store, "lockout", LockoutSettingsSchema),
    getActiveIdentityProviders: (request, context) => {
      const { identityProviders } = findPolicy(store, "login", getOwnerId(request, context)).values;
      const active = identityProviders.flatMap((id) => store.identityProviders.get(id) ?? []);
      // Providers stay in the order in which they were added.
      const items = active.filter((one) => isWanted(one, request));
      const details = toListDetails(store, { total: BigInt(items.length) });
      return { details, identityProviders: items.map(toActiveProvider) };
    },
    getSecuritySettings: () => {
      const {
        enableIframeEmbedding = false,
        allowedOrigins = [],
        enableImpersonation = false,
      } = store.settings.security ?? {};
      const embeddedIframe = { enabled: enableIframeEmbedding, allowedOrigins: [...allowedOrigins] };
      return { settings: { embeddedIframe, enableImpersonation } };
    },
    setSecuritySettings: ({ embeddedIframe, enableImpersonation }) => {
      const { enabled = false, allowedOrigins = [] } = embeddedIframe ?? {};
      const wanted = { enableIframeEmbedding: enabled, allowedOrigins, enableImpersonation };
      return { details: toChangeDetails({ ...setSecurity(store, wanted), resourceOwner: store.instanceId }) };
    },
    ...createTranslationHandlers(store),
  };
}

interface ContextRequest {
  readonly ctx?:
    | {
        readonly resourceOwner:
          | { case: "orgId"; value: string }
          | { case: "instance"; value: boolean }
          | { case: undefined; value?: undefined };
      }
    | undefined;
}

/** Gets the id of the organization that a request names. Default: that of the call. Empty: the instance. */
function getOwnerId({ ctx }: ContextRequest, { organizationId }: CallContext): string {
  if (ctx?.resourceOwner.case === "instance") return "";
  return ctx?.resourceOwner.case === "orgId" ? ctx.resourceOwner.value : organizationId;
}

/** Creates the RPC that reads a kind of settings. `names`: the names that differ from those in v1. */
function createRead<K extends PolicyKind, Desc extends DescMessage>(
  store: Store,
  kind: K,
  schema: Desc,
  names?: Readonly<Record<string, string>>,
) {
  return (request: ContextRequest, context: CallContext) => {
    const policy = findPolicy(store, kind, getOwnerId(request, context));
    const isDefault = policy.resourceOwner === store.instanceId;
    const resourceOwnerType = isDefault ? ResourceOwnerType.INSTANCE : ResourceOwnerType.ORG;
    const values = { ...policy.values, ...toThemes(policy, context.origin), resourceOwnerType };
    const settings = { ...toFields(schema, values, names), ...toNewerValues(policy) };
    return { details: toObjectDetails(policy), settings };
  };
}

/** Allows fields that the types of the pinned API lack. */
function newer(fields: object): object {
  return fields;
}

function toNewerValues({ kind, values }: Policy): object {
  if (kind !== "login") return {};
  return newer({ allowLocalAuthentication: (values as PolicyValues["login"]).allowUsernamePassword });
}

/** Converts the colors of v1, with and without the suffix `Dark`, to the two themes of v2. */
function toThemes(policy: Policy, origin: string): object {
  const urls = toLabelUrls(origin, policy);
  if (urls === undefined) return {};
  const label = policy.values as PolicyValues["label"];
  return {
    lightTheme: {
      primaryColor: label.primaryColor,
      backgroundColor: label.backgroundColor,
      warnColor: label.warnColor,
      fontColor: label.fontColor,
      logoUrl: urls.logoUrl,
      iconUrl: urls.iconUrl,
    },
    darkTheme: {
      primaryColor: label.primaryColorDark,
      backgroundColor: label.backgroundColorDark,
      warnColor: label.warnColorDark,
      fontColor: label.fontColorDark,
      logoUrl: urls.logoUrlDark,
      iconUrl: urls.iconUrlDark,
    },
    fontUrl: urls.fontUrl,
    // 1: automatic; 2: light; 3: dark. 0 is unspecified.
    themeMode: label.themeMode + 1,
  };
}

function isWanted(
  { options }: IdentityProvider,
  request: Pick<
    GetActiveIdentityProvidersRequest,
    "creationAllowed" | "linkingAllowed" | "autoCreation" | "autoLinking"
  >,
): boolean {
  const { creationAllowed, linkingAllowed, autoCreation, autoLinking } = request;
  const fits = (wanted: boolean | undefined, is: boolean): boolean => wanted === undefined || wanted === is;
  return (
    fits(creationAllowed, options.isCreationAllowed) &&
    fits(linkingAllowed, options.isLinkingAllowed) &&
    fits(autoCreation, options.isAutoCreation) &&
    fits(autoLinking, options.autoLinking !== 0)
  );
}

function toActiveProvider(provider: IdentityProvider) {
  const { id, kind, options } = provider;
  return { id, name: getProviderName(provider), type: PROVIDER_KINDS[kind].settingsType, options };
}

/** Texts of the hosted login. The emulator does not have Zitadel's own texts. */
function createTranslationHandlers(store: Store): Handlers<typeof SettingsService> {
  /** Finds the texts in a language, or else in its base language. */
  const find = (owner: string, locale: string): JsonObject | undefined => {
    const { translations } = store.settings;
    return translations.get(`${owner} ${locale}`) ?? translations.get(`${owner} ${locale.split("-")[0]}`);
  };
  return {
    getHostedLoginTranslation: ({ level, locale, ignoreInheritance }) => {
      requireLanguage(locale, "QUERY-rZLAGi");
      if (level.case === undefined) throw levelInvalid("QUERY-YB6Sri");
      if (level.case === "system") return { etag: computeEtag({}), translations: {} };
      const inherited = find(store.instanceId, locale);
      const own = level.case === "instance" ? inherited : find(level.value, locale);
      if (ignoreInheritance)
        return { etag: own === undefined ? "" : computeEtag(own), translations: own ?? {} };
      return { etag: computeEtag(own ?? inherited ?? {}), translations: merge(inherited ?? {}, own ?? {}) };
    },
    setHostedLoginTranslation: ({ level, locale, translations = {} }) => {
      if (level.case === undefined) throw levelInvalid("COMMA-YB6Sri");
      requireLanguage(locale, "COMMA-xmjATA");
      setTranslation(store, findOwner(store, level), locale, translations);
      return { etag: computeEtag(translations) };
    },
  };
}

/** Finds the owner of translations. Like the server, does not check whether the organization exists. */
function findOwner(
  store: Store,
  level: { case: "instance"; value: boolean } | { case: "organizationId"; value: string },
): Aggregate {
  if (level.case === "instance") return store.instance;
  const unknown = { ...store.instance, aggregateType: "org", id: level.value, sequence: 0 };
  return store.organizations.get(level.value) ?? unknown;
}

function requireLanguage(locale: string, id: string): void {
  const isTag = /^[a-z]{2,3}(-[a-z\d]{2,8})*$/i.test(locale);
  if (isTag && Intl.DisplayNames.supportedLocalesOf(locale).length > 0) return;
  throw zitadelError(Code.InvalidArgument, id, "Errors.Arguments.Locale.Invalid");
}

function levelInvalid(id: string): Error {
  return zitadelError(Code.InvalidArgument, id, "Errors.Arguments.Level.Invalid");
}

/** Merges nested translations. Those in `own` take precedence. */
function merge(inherited: JsonObject, own: JsonObject): JsonObject {
  const merged = { ...inherited, ...own };
  for (const [key, value] of Object.entries(own)) {
    const other = inherited[key];
    if (isObject(value) && other !== undefined && isObject(other)) merged[key] = merge(other, value);
  }
  return merged;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Like the server, hashes the text that Go prints for a map. */
function computeEtag(texts: JsonObject): string {
  return createHash("md5").update(printValue(texts)).digest("hex");
}

function printValue(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(printValue).join(" ")}]`;
  if (!isObject(value)) return value === null ? "<nil>" : String(value);
  const keys = Object.keys(value).sort();
  return `map[${keys.map((key) => `${key}:${printValue(value[key] ?? null)}`).join(" ")}]`;
}
