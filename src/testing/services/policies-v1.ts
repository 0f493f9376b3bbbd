import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import {
  DomainPolicySchema,
  LabelPolicySchema,
  LockoutPolicySchema,
  LoginPolicySchema,
  NotificationPolicySchema,
  OrgIAMPolicySchema,
  PasswordAgePolicySchema,
  PasswordComplexityPolicySchema,
  PrivacyPolicySchema,
} from "../../../gen/zitadel/policy_pb.js";
import { zitadelError } from "../errors.ts";
import type { CallContext } from "../handlers.ts";
import { removeLabelAsset } from "../state/assets.ts";
import { addLoginPolicy, requireRedirectUri } from "../state/login-policy.ts";
import type { LabelAsset } from "../state/model/asset.ts";
import type { Policy, PolicyKind, PolicyValues } from "../state/model/policy.ts";
import type { Store } from "../state/model/store.ts";
import { activateLabel, addPolicy, changePolicy, findPolicy, removePolicy } from "../state/policies.ts";
import { POLICY_KINDS } from "../state/policy-kinds.ts";
import { toLabelUrls } from "./asset-urls.ts";
import { type Owned, toAddDetailsV1, toChangeDetailsV1, toObjectDetailsV1 } from "./details.ts";
import { listLoginProviders } from "./login-policy-v1.ts";
import { parseFields, toFields } from "./message-fields.ts";
import type { FindOwner } from "./providers-v1.ts";

// Settings in the admin and management services of v1, which calls them policies.

/** Creates the RPCs for one kind of settings. */
function createPolicyRpcs<K extends PolicyKind, Desc extends DescMessage>(
  store: Store,
  findOwner: FindOwner,
  kind: K,
  schema: Desc,
) {
  const view = (policy: Policy<K>, { origin }: CallContext) => toPolicyView(store, policy, schema, origin);
  const written = (policy: Policy): Owned => (kind === "domain" ? findLastWritten(store, policy) : policy);
  return {
    get: (_: object, context: CallContext) => {
      const policy = findPolicy(store, kind, findOwner(context).id);
      return { policy: view(policy, context), isDefault: policy.resourceOwner === store.instanceId };
    },
    getDefault: (_: object, context: CallContext) => ({ policy: view(findPolicy(store, kind), context) }),
    add: (request: object, context: CallContext) => {
      const owner = findOwner(context);
      return { details: toAddDetailsV1(written(addPolicy(store, owner, kind, parseValues(kind, request)))) };
    },
    update: (request: object, context: CallContext) => {
      const policy = changePolicy(store, findOwner(context), kind, parseValues(kind, request));
      return { details: toChangeDetailsV1(written(policy)) };
    },
    reset: (_: object, context: CallContext) => ({
      details: toChangeDetailsV1(written(removePolicy(store, findOwner(context), kind))),
    }),
  };
}

/** Finds the history of the last event, which is about a user if login names have changed. */
function findLastWritten(store: Store, policy: Policy): Owned {
  const event = store.events.findLast({});
  if (event === undefined) return policy;
  const at = Math.floor(event.at / 1_000);
  return { sequence: event.sequence, createdAt: at, changedAt: at, resourceOwner: event.resourceOwner };
}

/** Creates the RPCs for settings of the instance. */
function createInstanceRpcs<K extends PolicyKind, Desc extends DescMessage>(
  store: Store,
  kind: K,
  schema: Desc,
) {
  const { getDefault, update } = createPolicyRpcs(store, () => store.instance, kind, schema);
  return { get: getDefault, update };
}

/** Settings of the instance, and the domain settings of organizations, in zitadel.admin.v1.AdminService. */
export function createPoliciesAdminV1(store: Store) {
  const complexity = createInstanceRpcs(store, "passwordComplexity", PasswordComplexityPolicySchema);
  const age = createInstanceRpcs(store, "passwordAge", PasswordAgePolicySchema);
  const lockout = createInstanceRpcs(store, "lockout", LockoutPolicySchema);
  const privacy = createInstanceRpcs(store, "privacy", PrivacyPolicySchema);
  const notification = createInstanceRpcs(store, "notification", NotificationPolicySchema);
  const domain = createInstanceRpcs(store, "domain", DomainPolicySchema);
  const login = createInstanceRpcs(store, "login", LoginPolicySchema);
  const label = createInstanceRpcs(store, "label", LabelPolicySchema);
  const preview = createInstanceRpcs(store, "labelPreview", LabelPolicySchema);
  const instance = () => store.instance;
  return {
    getPasswordComplexityPolicy: complexity.get,
    updatePasswordComplexityPolicy: complexity.update,
    getPasswordAgePolicy: age.get,
    updatePasswordAgePolicy: age.update,
    getLockoutPolicy: lockout.get,
    updateLockoutPolicy: lockout.update,
    getPrivacyPolicy: privacy.get,
    updatePrivacyPolicy: privacy.update,
    getNotificationPolicy: notification.get,
    updateNotificationPolicy: notification.update,
    getLoginPolicy: login.get,
    updateLoginPolicy: (request: { readonly defaultRedirectUri: string }, context: CallContext) => {
      requireRedirectUri(request.defaultRedirectUri, "INST-SFdqd");
      return login.update(request, context);
    },
    getLabelPolicy: label.get,
    getPreviewLabelPolicy: preview.get,
    updateLabelPolicy: preview.update,
    activateLabelPolicy: () => ({ details: toChangeDetailsV1(activateLabel(store, store.instance)) }),
    getDomainPolicy: domain.get,
    updateDomainPolicy: domain.update,
    getOrgIAMPolicy: createInstanceRpcs(store, "domain", OrgIAMPolicySchema).get,
    updateOrgIAMPolicy: (request: object, context: CallContext) =>
      domain.update({ ...request, ...OLDER_DOMAIN }, context),
    addNotificationPolicy: () => {
      throw zitadelError(Code.AlreadyExists, "INSTANCE-xpo1bj", "Default Notification Policy already exists");
    },
    removeLabelPolicyLogo: removeAsset(store, instance, "Logo"),
    removeLabelPolicyLogoDark: removeAsset(store, instance, "LogoDark"),
    removeLabelPolicyIcon: removeAsset(store, instance, "Icon"),
    removeLabelPolicyIconDark: removeAsset(store, instance, "IconDark"),
    removeLabelPolicyFont: removeAsset(store, instance, "Font"),
    ...createCustomDomainPolicies(store),
  };
}

/** The values for settings that the older RPCs for domain settings lack. */
const OLDER_DOMAIN = { validateOrgDomains: true, smtpSenderAddressMatchesInstanceDomain: true };

function removeAsset(store: Store, findOwner: FindOwner, asset: LabelAsset) {
  return (_: object, context: CallContext) => ({
    details: toChangeDetailsV1(removeLabelAsset(store, findOwner(context), asset)),
  });
}

/** Domain settings of organizations, which only the admin service can set. */
function createCustomDomainPolicies(store: Store) {
  type Request = { readonly orgId: string };
  const createRpcs = ({ orgId }: Request) => {
    // The server does not check that the organization exists.
    const owner = store.organizations.get(orgId) ?? { ...store.instance, aggregateType: "org", id: orgId };
    return createPolicyRpcs(store, () => owner, "domain", DomainPolicySchema);
  };
  const older = (request: Request) => ({ ...request, ...OLDER_DOMAIN });
  return {
    getCustomOrgIAMPolicy: ({ orgId }: Request, { origin }: CallContext) => ({
      policy: toPolicyView(store, findPolicy(store, "domain", orgId), OrgIAMPolicySchema, origin),
    }),
    addCustomOrgIAMPolicy: (request: Request, context: CallContext) =>
      createRpcs(request).add(older(request), context),
    updateCustomOrgIAMPolicy: (request: Request, context: CallContext) =>
      createRpcs(request).update(older(request), context),
    resetCustomOrgIAMPolicyToDefault: (request: Request, context: CallContext) =>
      createRpcs(request).reset(request, context),
    getCustomDomainPolicy: (request: Request, context: CallContext) =>
      omitDefault(createRpcs(request).get)(request, context),
    addCustomDomainPolicy: (request: Request, context: CallContext) =>
      createRpcs(request).add(request, context),
    updateCustomDomainPolicy: (request: Request, context: CallContext) =>
      createRpcs(request).update(request, context),
    resetCustomDomainPolicyToDefault: (request: Request, context: CallContext) =>
      createRpcs(request).reset(request, context),
  };
}

/** Settings of the caller's organization, in zitadel.auth.v1.AuthService. */
export function createOwnPoliciesV1(store: Store) {
  const findOwner: FindOwner = ({ caller }) =>
    store.organizations.get(caller?.organizationId ?? "") ?? store.instance;
  const get = <K extends PolicyKind, Desc extends DescMessage>(kind: K, schema: Desc) =>
    omitDefault(createPolicyRpcs(store, findOwner, kind, schema).get);
  return {
    getMyPasswordComplexityPolicy: get("passwordComplexity", PasswordComplexityPolicySchema),
    getMyLabelPolicy: get("label", LabelPolicySchema),
    getMyPrivacyPolicy: get("privacy", PrivacyPolicySchema),
    getMyLoginPolicy: get("login", LoginPolicySchema),
  };
}

/** Settings of an organization, in zitadel.management.v1.ManagementService. */
export function createPoliciesManagementV1(store: Store, findOwner: FindOwner) {
  const complexity = createPolicyRpcs(store, findOwner, "passwordComplexity", PasswordComplexityPolicySchema);
  const age = createPolicyRpcs(store, findOwner, "passwordAge", PasswordAgePolicySchema);
  const lockout = createPolicyRpcs(store, findOwner, "lockout", LockoutPolicySchema);
  const privacy = createPolicyRpcs(store, findOwner, "privacy", PrivacyPolicySchema);
  const notification = createPolicyRpcs(store, findOwner, "notification", NotificationPolicySchema);
  const label = createPolicyRpcs(store, findOwner, "label", LabelPolicySchema);
  const preview = createPolicyRpcs(store, findOwner, "labelPreview", LabelPolicySchema);
  const domain = createPolicyRpcs(store, findOwner, "domain", DomainPolicySchema);
  const login = createPolicyRpcs(store, findOwner, "login", LoginPolicySchema);
  return {
    getPasswordComplexityPolicy: complexity.get,
    getDefaultPasswordComplexityPolicy: complexity.getDefault,
    addCustomPasswordComplexityPolicy: complexity.add,
    updateCustomPasswordComplexityPolicy: complexity.update,
    resetPasswordComplexityPolicyToDefault: complexity.reset,
    getPasswordAgePolicy: age.get,
    getDefaultPasswordAgePolicy: age.getDefault,
    addCustomPasswordAgePolicy: age.add,
    updateCustomPasswordAgePolicy: age.update,
    resetPasswordAgePolicyToDefault: age.reset,
    getLockoutPolicy: lockout.get,
    getDefaultLockoutPolicy: lockout.getDefault,
    addCustomLockoutPolicy: lockout.add,
    updateCustomLockoutPolicy: lockout.update,
    resetLockoutPolicyToDefault: lockout.reset,
    getPrivacyPolicy: omitDefault(privacy.get),
    getDefaultPrivacyPolicy: privacy.getDefault,
    addCustomPrivacyPolicy: privacy.add,
    updateCustomPrivacyPolicy: privacy.update,
    resetPrivacyPolicyToDefault: privacy.reset,
    getNotificationPolicy: omitDefault(notification.get),
    getDefaultNotificationPolicy: notification.getDefault,
    addCustomNotificationPolicy: notification.add,
    updateCustomNotificationPolicy: notification.update,
    resetNotificationPolicyToDefault: notification.reset,
    getLabelPolicy: label.get,
    getPreviewLabelPolicy: preview.get,
    getDefaultLabelPolicy: label.getDefault,
    addCustomLabelPolicy: preview.add,
    updateCustomLabelPolicy: preview.update,
    activateCustomLabelPolicy: (_: object, context: CallContext) => ({
      // The response has the details from before the activation.
      details: toChangeDetailsV1(activateLabel(store, findOwner(context))),
    }),
    removeCustomLabelPolicyLogo: removeAsset(store, findOwner, "Logo"),
    removeCustomLabelPolicyLogoDark: removeAsset(store, findOwner, "LogoDark"),
    removeCustomLabelPolicyIcon: removeAsset(store, findOwner, "Icon"),
    removeCustomLabelPolicyIconDark: removeAsset(store, findOwner, "IconDark"),
    removeCustomLabelPolicyFont: removeAsset(store, findOwner, "Font"),
    resetLabelPolicyToDefault: preview.reset,
    getDomainPolicy: omitDefault(domain.get),
    getOrgIAMPolicy: omitDefault(createPolicyRpcs(store, findOwner, "domain", OrgIAMPolicySchema).get),
    getLoginPolicy: login.get,
    getDefaultLoginPolicy: login.getDefault,
    ...createCustomLoginPolicies(store, findOwner),
    resetLoginPolicyToDefault: login.reset,
  };
}

function createCustomLoginPolicies(store: Store, findOwner: FindOwner) {
  const { update } = createPolicyRpcs(store, findOwner, "login", LoginPolicySchema);
  return {
    addCustomLoginPolicy: (request: LoginPolicyRequest, context: CallContext) => {
      const { secondFactors, multiFactors, idps } = request;
      const lists = { secondFactors, multiFactors, identityProviders: idps.map(({ idpId }) => idpId) };
      const values = { ...parseValues("login", request), ...lists };
      return { details: toAddDetailsV1(addLoginPolicy(store, findOwner(context), values)) };
    },
    updateCustomLoginPolicy: (request: { readonly defaultRedirectUri: string }, context: CallContext) => {
      requireRedirectUri(request.defaultRedirectUri, "Org-Sfd21");
      return update(request, context);
    },
  };
}

function omitDefault<R extends { readonly isDefault: boolean }>(
  get: (request: object, context: CallContext) => R,
): (request: object, context: CallContext) => Omit<R, "isDefault"> {
  return (request, context) => {
    const { isDefault: _, ...response } = get(request, context);
    return response;
  };
}

function toPolicyView<K extends PolicyKind, Desc extends DescMessage>(
  store: Store,
  policy: Policy<K>,
  schema: Desc,
  origin: string,
): MessageInitShape<Desc> {
  const isDefault = policy.resourceOwner === store.instanceId;
  const details = toObjectDetailsV1(policy);
  const fields = { ...policy.values, ...toSpecialFields(store, policy), ...toLabelUrls(origin, policy) };
  return toFields(schema, { ...fields, details, isDefault });
}

interface LoginPolicyRequest {
  readonly secondFactors: readonly number[];
  readonly multiFactors: readonly number[];
  readonly idps: readonly { readonly idpId: string }[];
}

/** Converts the values that have a different form in v1 than in the state. */
function toSpecialFields(store: Store, { kind, values }: Policy): object {
  if (kind === "login") return { idps: listLoginProviders(store, values as PolicyValues["login"]) };
  const { themeMode } = values as { themeMode?: number };
  return themeMode === undefined ? {} : { themeMode: THEME_MODES[themeMode] };
}

/** The numbers in v1 of the modes automatic, light and dark. */
const THEME_MODES = [1, 3, 2];

/** Parses the settings in a request. Lists have their own RPCs. */
function parseValues<K extends PolicyKind>(kind: K, request: object): PolicyValues[K] {
  const defaults = Object.entries(POLICY_KINDS[kind].values).filter(([, value]) => !Array.isArray(value));
  const { themeMode, ...values } = parseFields(request, Object.fromEntries(defaults));
  // parseFields() returns values with the names and types of the defaults.
  if (themeMode === undefined) return values as PolicyValues[K];
  return { ...values, themeMode: Math.max(0, THEME_MODES.indexOf(themeMode as number)) } as PolicyValues[K];
}
