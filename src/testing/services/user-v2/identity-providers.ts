import { randomBytes } from "node:crypto";
import type { JsonObject, MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { IDPInformationSchema } from "../../../../gen/zitadel/user/v2/idp_pb.js";
import type {
  AddHumanUserRequestSchema,
  UserService,
} from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import { CALLBACK_PATH, createAuthorizationUrl } from "../../idp/provider-client.ts";
import { findUserHistory, getAuthMethods } from "../../state/auth-methods.ts";
import { providerNotFound } from "../../state/identity-providers.ts";
import { checkIntentToken, startIntent } from "../../state/idp-intents.ts";
import { addIdpLink, checkIdpLink, removeIdpLink } from "../../state/idp-links.ts";
import type { ExternalUser, IdpIntent } from "../../state/model/idp-intent.ts";
import type { Store } from "../../state/model/store.ts";
import { toChangeDetails } from "../details.ts";
import { toListDetails, toPage } from "../lists.ts";
import { requireUserRead } from "./factors.ts";

/** Links of users to accounts at identity providers. */
export function createIdpLinkHandlers(store: Store): Handlers<typeof UserService> {
  return {
    addIDPLink: ({ userId, idpLink }) => {
      const user = store.users.get(userId);
      if (user === undefined) {
        throw zitadelError(Code.FailedPrecondition, "COMMAND-vzktar7b7f", "User could not be found");
      }
      const { idpId = "", userId: externalId = "", userName: displayName = "" } = idpLink ?? {};
      const link = { idpId, externalId, displayName };
      checkIdpLink(store, user.resourceOwner, link);
      addIdpLink(store, user, link);
      return { details: toChangeDetails(user) };
    },
    removeIDPLink: ({ userId, idpId, linkedUserId: externalId }) => {
      const user = findUserHistory(store, userId);
      if (user === undefined || !removeIdpLink(store, user, { idpId, externalId })) {
        throw zitadelError(Code.NotFound, "COMMAND-1M9xR", "External IDP not found");
      }
      return { details: toChangeDetails(user) };
    },
    listIDPLinks: ({ userId, query }, { caller }) => {
      const links = [...getAuthMethods(store, userId).idpLinks.values()];
      if (links.length > 0) requireUserRead(store, caller, userId);
      // Links stay in the order in which they were added.
      const unsorted = { offset: 0n, limit: 0, ...query, asc: true };
      const page = toPage([...links.entries()], unsorted, ([index]) => index);
      const result = page.items.map(([, { idpId, externalId, displayName }]) => ({
        idpId,
        userId: externalId,
        userName: displayName,
      }));
      return { details: toListDetails(store, page), result };
    },
  };
}

/** Sign-in at an identity provider: the browser goes there, and returns with a token that proves the sign-in. */
export function createIdpIntentHandlers(store: Store): Handlers<typeof UserService> {
  return {
    startIdentityProviderIntent: async ({ idpId, content }, { origin }) => {
      if (content.case === undefined) {
        const message = "type oneOf <nil> in method StartIdentityProviderIntent not implemented";
        throw zitadelError(Code.Unimplemented, "USERv2-S2g21", message);
      }
      const provider = store.identityProviders.get(idpId);
      if (provider === undefined) throw providerNotFound(Code.FailedPrecondition, "COMMAND-as02jin");
      const { successUrl, failureUrl } =
        content.case === "urls" ? content.value : { successUrl: "", failureUrl: "" };
      const id = store.newId();
      const codeVerifier = provider.settings["usePkce"] === true ? randomBytes(32).toString("base64url") : "";
      const authUrl = await createAuthorizationUrl(provider, id, `${origin}${CALLBACK_PATH}`, codeVerifier);
      const intent = startIntent(store, { id, idpId, successUrl, failureUrl, codeVerifier });
      return { details: toChangeDetails(intent), nextStep: { case: "authUrl", value: authUrl } };
    },
    retrieveIdentityProviderIntent: ({ idpIntentId, idpIntentToken }) => {
      const intent = checkIntentToken(store, idpIntentId, idpIntentToken);
      if (intent.state !== "succeeded" || intent.external === undefined) {
        throw zitadelError(Code.FailedPrecondition, "IDP-nme4gszsvx", "Intent has not succeeded");
      }
      if (intent.expiresAt < store.now()) {
        throw zitadelError(Code.FailedPrecondition, "IDP-SAf42", "Intent has expired");
      }
      return {
        details: toChangeDetails(intent),
        idpInformation: toIdpInformation(intent, intent.external),
        userId: intent.userId,
        ...(intent.userId === "" ? { addHumanUser: toNewUser(intent, intent.external) } : {}),
      };
    },
  };
}

function toIdpInformation(
  { idpId }: IdpIntent,
  { id: userId, username: userName, raw, accessToken, idToken }: ExternalUser,
): MessageInitShape<typeof IDPInformationSchema> {
  const tokens = { accessToken, ...(idToken === "" ? {} : { idToken }) };
  return { access: { case: "oauth", value: tokens }, idpId, userId, userName, rawInformation: raw };
}

/** Creates the request to add the user, from OIDC claims. Plain OAuth providers return only an id. */
function toNewUser(
  { idpId }: IdpIntent,
  { id: userId, username: userName, raw }: ExternalUser,
): MessageInitShape<typeof AddHumanUserRequestSchema> {
  const claim = (name: string): string => String(raw[name] ?? "");
  const phone = claim("phone_number");
  return {
    ...toOptionalField("username", userName),
    profile: {
      givenName: claim("given_name"),
      familyName: claim("family_name"),
      ...toOptionalField("nickName", claim("nickname")),
      ...toOptionalField("displayName", claim("name")),
      preferredLanguage: claim("locale") || "und",
    },
    email: { email: claim("email"), verification: toVerification(raw, "email_verified") },
    ...(phone === "" ? {} : { phone: { phone, verification: toVerification(raw, "phone_number_verified") } }),
    idpLinks: [{ idpId, userId, userName }],
  };
}

function toVerification(
  raw: JsonObject,
  claim: string,
): { case: "isVerified"; value: true } | { case: "sendCode"; value: Record<never, never> } {
  return raw[claim] === true ? { case: "isVerified", value: true } : { case: "sendCode", value: {} };
}

function toOptionalField<Name extends string>(name: Name, value: string): { [Key in Name]?: string } {
  return (value === "" ? {} : { [name]: value }) as { [Key in Name]?: string };
}
