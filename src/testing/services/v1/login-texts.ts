import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { SetCustomLoginTextsRequestSchema } from "../../../../gen/zitadel/management_pb.js";
import type { LoginCustomTextSchema } from "../../../../gen/zitadel/text_pb.js";
import type { CallContext } from "../../handlers.ts";
import { findCustomText, LOGIN_TEMPLATE, resetCustomText, setCustomText } from "../../state/custom-texts.ts";
import type { Store } from "../../state/model/store.ts";
import { toChangeDetailsV1 } from "../details.ts";
import type { FindOwner } from "../providers-v1.ts";

/** The screens of the login: their names in events, by their names in requests, in the order of the events. */
const SCREENS: Readonly<Record<string, string>> = {
  selectAccountText: "SelectAccount",
  loginText: "Login",
  passwordText: "Password",
  usernameChangeText: "UsernameChange",
  usernameChangeDoneText: "UsernameChangeDone",
  initPasswordText: "InitPassword",
  initPasswordDoneText: "InitPasswordDone",
  emailVerificationText: "EmailVerification",
  emailVerificationDoneText: "EmailVerificationDone",
  initializeUserText: "InitUser",
  initializeDoneText: "InitUserDone",
  initMfaPromptText: "InitMFAPrompt",
  initMfaOtpText: "InitMFAOTP",
  initMfaU2fText: "InitMFAU2F",
  initMfaDoneText: "InitMFADone",
  mfaProvidersText: "MFAProvider",
  verifyMfaOtpText: "VerifyMFAOTP",
  verifyMfaU2fText: "VerifyMFAU2F",
  passwordlessText: "Passwordless",
  passwordlessPromptText: "PasswordlessPrompt",
  passwordlessRegistrationText: "PasswordlessRegistration",
  passwordlessRegistrationDoneText: "PasswordlessRegistrationDone",
  passwordChangeText: "PasswordChange",
  passwordChangeDoneText: "PasswordChangeDone",
  passwordResetDoneText: "PasswordResetDone",
  registrationOptionText: "RegisterOption",
  registrationUserText: "RegistrationUser",
  externalRegistrationUserOverviewText: "ExternalRegistrationUserOverview",
  registrationOrgText: "RegistrationOrg",
  linkingUserDoneText: "LinkingUsersDone",
  externalUserNotFoundText: "ExternalNotFound",
  successLoginText: "LoginSuccess",
  logoutText: "LogoutDone",
  footerText: "Footer",
};

/** The keys in events, where they differ from the field names. */
const OTHER_KEYS: Readonly<Record<string, string>> = {
  "selectAccountText.titleLinkingProcess": "TitleLinking",
  "selectAccountText.descriptionLinkingProcess": "DescriptionLinking",
  "selectAccountText.sessionStateActive": "SessionState0",
  "selectAccountText.sessionStateInactive": "SessionState1",
  "selectAccountText.userMustBeMemberOfOrg": "MustBeMemberOfOrg",
  "loginText.titleLinkingProcess": "TitleLinking",
  "loginText.descriptionLinkingProcess": "DescriptionLinking",
  "loginText.userNamePlaceholder": "UsernamePlaceHolder",
  "loginText.loginNamePlaceholder": "LoginnamePlaceHolder",
  "loginText.userMustBeMemberOfOrg": "MustBeMemberOfOrg",
  "initializeUserText.newPasswordConfirmLabel": "NewPasswordConfirm",
  "initMfaPromptText.otpOption": "Provider0",
  "initMfaPromptText.u2fOption": "Provider1",
  "initMfaOtpText.descriptionOtp": "OTPDescription",
  "mfaProvidersText.otp": "Provider0",
  "mfaProvidersText.u2f": "Provider1",
  "verifyMfaU2fText.validateTokenText": "ValidateTokenButtonText",
  "registrationOptionText.userNameButtonText": "RegisterUsernamePasswordButtonText",
  "registrationOrgText.orgnameLabel": "OrgNameLabel",
};

/** A text of a screen: its fields in messages, and its key in events. */
interface Part {
  readonly screen: string;
  readonly field: string;
  readonly key: string;
}

const PARTS: readonly Part[] = Object.entries(SCREENS).flatMap(([screen, name]) => {
  const fields = SetCustomLoginTextsRequestSchema.field[screen as "footerText"]?.message?.fields ?? [];
  return fields.map(({ localName: field }) => {
    const key = OTHER_KEYS[`${screen}.${field}`] ?? `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
    return { screen, field, key: `${name}.${key}` };
  });
});

const KEYS = Object.fromEntries(PARTS.map(({ key }) => [key, key]));

interface OfLanguage {
  readonly language: string;
}

/** Custom login texts, in the admin and management services of v1. */
export function createLoginTextsV1(store: Store, findOwner: FindOwner) {
  return {
    getCustomLoginTexts: ({ language }: OfLanguage, context: CallContext) => ({
      customText: toView(store, findOwner(context).id, language),
    }),
    setCustomLoginText: ({ language, ...request }: OfLanguage, context: CallContext) => {
      const texts = { texts: readTexts(request), parts: KEYS };
      const text = setCustomText(store, findOwner(context), { template: LOGIN_TEMPLATE, language }, texts);
      return { details: toChangeDetailsV1(text) };
    },
    resetCustomLoginTextToDefault: ({ language }: OfLanguage, context: CallContext) => ({
      details: toChangeDetailsV1(
        resetCustomText(store, findOwner(context), { template: LOGIN_TEMPLATE, language }),
      ),
    }),
  };
}

/** Default login texts. They lack Zitadel's own, which the emulator does not have. */
export function createDefaultLoginTexts(store: Store, ownerId: string) {
  return ({ language }: OfLanguage) => {
    const { details: _, ...texts } = toView(store, ownerId, language);
    return { customText: { ...texts, details: { resourceOwner: store.instanceId }, isDefault: true } };
  };
}

function readTexts(request: object): Record<string, string> {
  // Each screen is a message of strings.
  const screens = request as Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;
  return Object.fromEntries(PARTS.map(({ screen, field, key }) => [key, screens[screen]?.[field] ?? ""]));
}

function toView(
  store: Store,
  ownerId: string,
  language: string,
): MessageInitShape<typeof LoginCustomTextSchema> {
  const text = findCustomText(store, ownerId, LOGIN_TEMPLATE, language);
  const screens: Record<string, Record<string, string>> = {};
  for (const screen of Object.keys(SCREENS)) screens[screen] = {};
  for (const { screen, field, key } of PARTS) {
    const value = text?.texts[key] ?? "";
    if (value !== "") screens[screen] = { ...screens[screen], [field]: value };
  }
  if (text === undefined)
    return { ...screens, details: { resourceOwner: store.instanceId }, isDefault: true };
  return {
    ...screens,
    details: { changeDate: timestampFromMs(text.changedAt), resourceOwner: text.resourceOwner },
  };
}
