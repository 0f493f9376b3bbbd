import type { History } from "./aggregate.ts";

/** Settings of the instance, or those that an organization has in their place. */
export interface Policy<Kind extends PolicyKind = PolicyKind> extends History {
  readonly kind: Kind;
  /** The id of the instance, or of the organization. */
  readonly resourceOwner: string;
  values: PolicyValues[Kind];
}

export type PolicyKind = keyof PolicyValues;

/** What can be set, by the names of the v1 API; times are in milliseconds. */
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
    /** Login names end with a domain of the organization. */
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
  /** What is shown. */
  label: LabelPolicy;
  /** What is shown once it is activated. */
  labelPreview: LabelPolicy;
}

interface LoginPolicy {
  allowUsernamePassword: boolean;
  allowRegister: boolean;
  allowExternalIdp: boolean;
  forceMfa: boolean;
  forceMfaLocalOnly: boolean;
  /** By its number in the API. */
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
  /** By their numbers in the API. */
  secondFactors: readonly number[];
  multiFactors: readonly number[];
  /** Ids of the identity providers that users can sign in with. */
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
  /** 0: as the browser wants it; 1: light; 2: dark. */
  themeMode: number;
}
