import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { PolicyKind, PolicyValues } from "./model/policy.ts";

type Problem = readonly [id: string, message: string];

/** A kind of settings. */
export interface Kind<Values> {
  /** The event types, without the prefix `instance.` or `org.`. */
  readonly event: string;
  /** Names of values in events, where they differ. */
  readonly payload?: Readonly<Record<string, string>> | undefined;
  /** The defaults of a new instance. `sequence`: that of the event that set them. */
  readonly values: Values;
  readonly sequence: number;
  /** The errors for requests that change nothing. */
  readonly unchanged: readonly [instance: Problem, organization: Problem];
  /** The error if an organization already has its own settings. */
  readonly exists: Problem;
  /** The errors if an organization does not have its own settings. */
  readonly unknown: readonly [change: Problem, removal: Problem];
  check?(values: Values): void;
}

const DAY = 86_400_000;
const HOUR = 3_600_000;

const LABEL: PolicyValues["label"] = {
  primaryColor: "#5469d4",
  warnColor: "#cd3d56",
  backgroundColor: "#fafafa",
  fontColor: "#000000",
  primaryColorDark: "#2073c4",
  warnColorDark: "#ff3b5b",
  backgroundColorDark: "#111827",
  fontColorDark: "#ffffff",
  hideLoginNameSuffix: false,
  disableWatermark: false,
  themeMode: 0,
};

const LABEL_KIND: Kind<PolicyValues["label"]> = {
  event: "policy.label",
  values: LABEL,
  sequence: 23,
  unchanged: [
    ["INSTANCE-28fHe", "Default Private Label Policy has not been changed"],
    ["Org-8nfSr", "Private Label Policy has not been changed"],
  ],
  exists: ["Org-2B0ps", "Errors.Org.LabelPolicy.AlreadyExists"],
  unknown: [
    ["Org-0K9dq", "Private Label Policy not found"],
    ["Org-3M9df", "Private Label Policy not found"],
  ],
  check: (label) => {
    for (const [name, id, text] of COLORS) {
      if (!HEX_COLOR.test(label[name])) {
        throw zitadelError(Code.InvalidArgument, id, `${text} is no valid Hex color value`);
      }
    }
  },
};

const HEX_COLOR = /^$|^#([A-Fa-f0-9]{6}|[A-Fa-f0-9]{3})$/;

type Color = Extract<keyof PolicyValues["label"], `${string}Color${string}`>;

const COLORS: readonly (readonly [name: Color, id: string, text: string])[] = [
  ["primaryColor", "POLICY-391dG", "Primary color"],
  ["backgroundColor", "POLICY-502F1", "Background color"],
  ["warnColor", "POLICY-nvw33", "Warn color"],
  ["fontColor", "POLICY-93mSf", "Font color"],
  ["primaryColorDark", "POLICY-391dG", "Primary color (dark mode)"],
  ["backgroundColorDark", "POLICY-llsp2", "Background color (dark mode)"],
  ["warnColorDark", "POLICY-2b6sf", "Warn color (dark mode)"],
  ["fontColorDark", "POLICY-3M0fs", "Font color (dark mode)"],
];

const LONGEST_MINIMUM = 72;

/** All kinds of settings. */
export const POLICY_KINDS: { readonly [K in PolicyKind]: Kind<PolicyValues[K]> } = {
  passwordComplexity: {
    event: "policy.password.complexity",
    values: { minLength: 8, hasUppercase: true, hasLowercase: true, hasNumber: true, hasSymbol: true },
    sequence: 13,
    unchanged: [
      ["INSTANCE-9jlsf", "Default Password Complexity Policy has not been changed"],
      ["Org-DAs21", "Errors.Org.PasswordComplexityPolicy.NotChanged"],
    ],
    exists: ["Org-LdhbS", "Password Complexity Policy already exists"],
    unknown: [
      ["ORG-Dgs3g", "Password Complexity Policy not found"],
      ["ORG-ADgs2", "Password Complexity Policy not found"],
    ],
    check: ({ minLength }) => {
      if (minLength > 0 && minLength <= LONGEST_MINIMUM) return;
      throw zitadelError(Code.InvalidArgument, "MODEL-Lsp0e", "Given minimum length is not allowed");
    },
  },
  passwordAge: {
    event: "policy.password.age",
    values: { maxAgeDays: 0, expireWarnDays: 0 },
    sequence: 14,
    unchanged: [
      ["INSTANCE-180sf", "Default Password Age Policy has not been changed"],
      ["Org-dsgjR", "Errors.ORg.LabelPolicy.NotChanged"],
    ],
    exists: ["ORG-Lk0dS", "Password Age Policy already exists"],
    unknown: [
      ["ORG-0oPew", "Password Age Policy not found"],
      ["ORG-Dgs1g", "Password Age Policy not found"],
    ],
  },
  domain: {
    event: "policy.domain",
    values: {
      userLoginMustBeDomain: false,
      validateOrgDomains: false,
      smtpSenderAddressMatchesInstanceDomain: false,
    },
    sequence: 15,
    unchanged: [
      ["INSTANCE-pl9fN", "Organization Domain Policy has not been changed"],
      ["ORG-3M9ds", "Private Label Policy has not been changed"],
    ],
    exists: ["ORG-1M8ds", "Errors.Org.DomainPolicy.AlreadyExists"],
    unknown: [
      ["ORG-2N9sd", "Errors.Org.DomainPolicy.NotFound"],
      ["ORG-Dvsh3", "Errors.Org.DomainPolicy.NotFound"],
    ],
  },
  login: {
    event: "policy.login",
    payload: {
      forceMfa: "forceMFA",
      forceMfaLocalOnly: "forceMFALocalOnly",
      defaultRedirectUri: "defaultRedirectURI",
    },
    values: {
      allowUsernamePassword: true,
      allowRegister: true,
      allowExternalIdp: true,
      forceMfa: false,
      forceMfaLocalOnly: false,
      passwordlessType: 1,
      hidePasswordReset: false,
      ignoreUnknownUsernames: false,
      allowDomainDiscovery: true,
      disableLoginWithEmail: false,
      disableLoginWithPhone: false,
      defaultRedirectUri: "",
      passwordCheckLifetime: 10 * DAY,
      externalLoginCheckLifetime: 10 * DAY,
      mfaInitSkipLifetime: 30 * DAY,
      secondFactorCheckLifetime: 18 * HOUR,
      multiFactorCheckLifetime: 12 * HOUR,
      secondFactors: [1, 2],
      multiFactors: [1],
      identityProviders: [],
    },
    sequence: 19,
    unchanged: [
      ["INSTANCE-5M9vdd", "Default Login Policy has not been changed"],
      ["Org-5M9vdd", "Errors.Org.LoginPolicy.NotChanged"],
    ],
    exists: ["Org-Dgfb2", "Login Policy already exists"],
    unknown: [
      ["Org-M0sif", "Login Policy not found"],
      ["Org-GHB37", "Login Policy not found"],
    ],
  },
  privacy: {
    event: "policy.privacy",
    values: {
      tosLink: "",
      privacyLink: "",
      helpLink: "",
      supportEmail: "",
      docsLink: "https://zitadel.com/docs",
      customLink: "",
      customLinkText: "",
    },
    sequence: 20,
    unchanged: [
      ["INSTANCE-9jJfs", "Errors.Instance.PrivacyPolicy.NotChanged"],
      ["Org-4N9fs", "Errors.Org.PrivacyPolicy.NotChanged"],
    ],
    exists: ["Org-0oLpd", "Errors.Org.PrivacyPolicy.AlreadyExists"],
    unknown: [
      ["ORG-Ng8sf", "Errors.Org.PrivacyPolicy.NotFound"],
      ["ORG-Ze9gs", "Errors.Org.PrivacyPolicy.NotFound"],
    ],
  },
  notification: {
    event: "policy.notification",
    values: { passwordChange: true },
    sequence: 21,
    unchanged: [
      ["INSTANCE-29x02n", "Default Notification Policy not changed"],
      ["Org-ioqnxz", "Notification Policy not changed"],
    ],
    exists: ["Org-xa08n2", "Notification Policy already exists"],
    unknown: [
      ["ORG-x029n3", "Notification Policy not found"],
      ["ORG-x029n1s", "Notification Policy not found"],
    ],
  },
  lockout: {
    event: "policy.lockout",
    payload: { maxOtpAttempts: "maxOTPAttempts" },
    values: { maxPasswordAttempts: 0, maxOtpAttempts: 0 },
    sequence: 22,
    unchanged: [
      ["INSTANCE-0psjF", "Errors.Instance.LockoutPolicy.NotChanged"],
      ["ORG-0JFSr", "Errors.Org.LockoutPolicy.NotChanged"],
    ],
    exists: ["ORG-0olDf", "Errors.ORG.LockoutPolicy.AlreadyExists"],
    unknown: [
      ["ORG-ADfs1", "Errors.Org.LockoutPolicy.NotFound"],
      ["ORG-D4zuz", "Errors.Org.LockoutPolicy.NotFound"],
    ],
  },
  label: { ...LABEL_KIND, sequence: 24 },
  labelPreview: LABEL_KIND,
};
