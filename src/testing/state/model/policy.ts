import type { History } from "./aggregate.ts";
import type { LabelAsset } from "./asset.ts";

/** Settings of the instance, or of an organization that overrides them. */
export interface Policy<Kind extends PolicyKind = PolicyKind> extends History {
  readonly kind: Kind;
  /** The id of the instance or organization. */
  readonly resourceOwner: string;
  values: PolicyValues[Kind];
  /** The names of the images and the font of a branding. */
  assets?: Readonly<Partial<Record<LabelAsset, string>>> | undefined;
}

export type PolicyKind = keyof PolicyValues;

/** The values, by the field names of v1. Durations are in milliseconds. */
export interface PolicyValues {
  passwordComplexity: {
    minLength: number;
    hasUppercase: boolean;
    hasLowercase: boolean;
    hasNumber: boolean;
    hasSymbol: boolean;
  };
  passwordAge: { maxAgeDays: number; expireWarnDays: number };
  domain: {
    /** Whether login names end with a domain of the organization. */
    userLoginMustBeDomain: boolean;
    validateOrgDomains: boolean;
    smtpSenderAddressMatchesInstanceDomain: boolean;
  };
  login: LoginPolicy;
  privacy: {
    tosLink: string;
    privacyLink: string;
    helpLink: string;
    supportEmail: string;
    docsLink: string;
    customLink: string;
    customLinkText: string;
  };
  notification: { passwordChange: boolean };
  /** 0: no limit. */
  lockout: { maxPasswordAttempts: number; maxOtpAttempts: number };
  /** The active branding. */
  label: LabelPolicy;
  /** The branding that will be shown once it is activated. */
  labelPreview: LabelPolicy;
}

interface LoginPolicy {
  allowUsernamePassword: boolean;
  allowRegister: boolean;
  allowExternalIdp: boolean;
  forceMfa: boolean;
  forceMfaLocalOnly: boolean;
  /** The enum's number in the API. */
  passwordlessType: number;
  hidePasswordReset: boolean;
  ignoreUnknownUsernames: boolean;
  allowDomainDiscovery: boolean;
  disableLoginWithEmail: boolean;
  disableLoginWithPhone: boolean;
  defaultRedirectUri: string;
  passwordCheckLifetime: number;
  externalLoginCheckLifetime: number;
  mfaInitSkipLifetime: number;
  secondFactorCheckLifetime: number;
  multiFactorCheckLifetime: number;
  /** The enums' numbers in the API. */
  secondFactors: readonly number[];
  multiFactors: readonly number[];
  /** Ids of the identity providers that users can choose. */
  identityProviders: readonly string[];
}

interface LabelPolicy {
  primaryColor: string;
  warnColor: string;
  backgroundColor: string;
  fontColor: string;
  primaryColorDark: string;
  warnColorDark: string;
  backgroundColorDark: string;
  fontColorDark: string;
  hideLoginNameSuffix: boolean;
  disableWatermark: boolean;
  /** 0: automatic; 1: light; 2: dark. */
  themeMode: number;
}
