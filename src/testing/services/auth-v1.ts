import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { AuthService, UserGrantSchema } from "../../../gen/zitadel/auth_pb.js";
import { OrgFieldName } from "../../../gen/zitadel/org_pb.js";
import { listPermissions } from "../access/permissions.ts";
import { zitadelError } from "../errors.ts";
import type { CallContext, Handlers } from "../handlers.ts";
import { verifyContact } from "../state/contacts.ts";
import { LANGUAGES } from "../state/languages.ts";
import type { Store } from "../state/model/store.ts";
import type { User } from "../state/model/user.ts";
import { newPassword } from "../state/passwords.ts";
import { writeEvents } from "../state/store.ts";
import { passwordChanged } from "../state/user-events.ts";
import { readUser, removeUser, userNotFound } from "../state/users.ts";
import { toChangeDetailsV1, toObjectDetailsV1 } from "./details.ts";
import { findChanges } from "./events-v1.ts";
import { findOrganizations } from "./organization-queries.ts";
import { createOwnPoliciesV1 } from "./policies-v1.ts";
import { STATE_NUMBER } from "./project-queries.ts";
import { createOwnFactorsV1 } from "./v1/factors.ts";
import {
  changeEmail,
  changePhone,
  changeProfile,
  readEmail,
  readPhone,
  readProfile,
  removePhone,
  resendEmailCode,
  resendPhoneCode,
  takeAvatar,
} from "./v1/humans.ts";
import { createOwnIdpLinksV1 } from "./v1/idp-links.ts";
import { toListResponse } from "./v1/lists.ts";
import { listMemberships } from "./v1/memberships.ts";
import { createMetadataRpcs } from "./v1/metadata.ts";
import { type JoinedGrant, joinGrant, toTypeNumber } from "./v1/user-grants.ts";
import { renameOwnUser } from "./v1/users.ts";
import { toOrgViewV1, toUserViewV1 } from "./views-v1.ts";

/** zitadel.auth.v1.AuthService, with which callers manage themselves. */
export function createAuthV1(store: Store): Handlers<typeof AuthService> {
  const me = ({ caller }: CallContext) => store.users.get(caller?.userId ?? "");
  return {
    healthz: () => ({}),
    getSupportedLanguages: () => ({ languages: LANGUAGES }),
    getMyUser: (_, { caller, origin }) => ({
      user: toUserViewV1(store, readUser(store, caller?.userId ?? ""), origin),
    }),
    removeMyUser: (_, { caller }) => ({
      details: toChangeDetailsV1(removeUser(store, caller?.userId ?? "", "COMMAND-m9od")),
    }),
    updateMyUserName: ({ userName }, context) => renameOwnUser(store, me(context), userName),
    listMyUserChanges: ({ query }, { caller, origin }) => ({
      result: findChanges(
        store,
        { aggregateTypes: ["user"], aggregateId: caller?.userId ?? "" },
        query,
        origin,
      ),
    }),
    // Sessions of the server's old login pages, which the emulator does not have.
    listMyUserSessions: () => ({}),
    ...createMetadataHandlers(store, me),
    ...createRefreshTokenHandlers(store),
    ...createProfileHandlers(store, me),
    ...createOwnFactorsV1(store),
    ...createOwnIdpLinksV1(store),
    ...createOwnPoliciesV1(store),
    ...createAccessHandlers(store, me),
  };
}

type FindCaller = (context: CallContext) => User | undefined;

function createMetadataHandlers(store: Store, me: FindCaller): Handlers<typeof AuthService> {
  const metadata = createMetadataRpcs(store, {
    unknown: "QUERY-Rgh32",
    gone: "META-ncnw3",
    none: "META-9mm2d",
  });
  return {
    listMyMetadata: (request, context) => metadata.list(me(context), request),
    getMyMetadata: ({ key }, context) => metadata.get(me(context), key),
  };
}

function createProfileHandlers(store: Store, me: FindCaller): Handlers<typeof AuthService> {
  return {
    getMyProfile: (_, context) => readProfile(me(context), context.origin),
    updateMyProfile: (profile, context) => changeProfile(store, me(context), profile),
    getMyEmail: (_, context) => readEmail(me(context)),
    setMyEmail: ({ email }, context) => changeEmail(store, me(context), email, false),
    verifyMyEmail: ({ code }, context) => {
      const user = me(context);
      if (user?.human?.email.code === undefined) throw noCode("COMMAND-3n8ud");
      verifyContact(store, { user, human: user.human }, "email", { code, wrong: "COMMAND-Gdsgs" });
      return { details: toChangeDetailsV1(user) };
    },
    resendMyEmailVerification: (_, context) => resendEmailCode(store, me(context)),
    getMyPhone: (_, context) => readPhone(me(context)),
    setMyPhone: ({ phone }, context) => changePhone(store, me(context), phone, false),
    verifyMyPhone: ({ code }, context) => {
      const user = me(context);
      if (user?.human?.phone?.code === undefined) throw noCode("COMMAND-Rsj8c");
      verifyContact(store, { user, human: user.human }, "phone", { code, wrong: "COMMAND-sM0cs" });
      return { details: toChangeDetailsV1(user) };
    },
    resendMyPhoneVerification: (_, context) => resendPhoneCode(store, me(context)),
    removeMyPhone: (_, context) => removePhone(store, me(context)),
    removeMyAvatar: (_, context) => takeAvatar(store, me(context)),
    updateMyPassword: ({ oldPassword, newPassword: text }, context) => {
      const user = me(context);
      if (user?.human?.password === undefined) {
        throw zitadelError(Code.FailedPrecondition, "COMMAND-Fds3s", "User has no password set");
      }
      if (user.human.password.text !== oldPassword) {
        writeEvents(store, user, { type: "user.human.password.check.failed" });
        throw zitadelError(Code.InvalidArgument, "COMMAND-3M0fs", "Password is invalid");
      }
      user.human.password = newPassword(store, text, false, { organizationId: user.resourceOwner });
      writeEvents(store, user, passwordChanged(false));
      return { details: toChangeDetailsV1(user) };
    },
  };
}

function noCode(id: string): Error {
  return zitadelError(Code.NotFound, id, "Code not found");
}

/** Refresh tokens of the server's old login pages, which the emulator does not have. */
function createRefreshTokenHandlers(store: Store): Handlers<typeof AuthService> {
  return {
    listMyRefreshTokens: () => ({ details: { viewTimestamp: timestampFromMs(store.now()) } }),
    revokeMyRefreshToken: () => {
      throw zitadelError(Code.NotFound, "COMMAND-BHt2w", "Refresh Token not found");
    },
    revokeAllMyRefreshTokens: () => {
      throw zitadelError(Code.InvalidArgument, "COMMAND-Gfj42", "ID missing");
    },
  };
}

function createAccessHandlers(store: Store, me: FindCaller): Handlers<typeof AuthService> {
  /** The caller's authorizations in the project of the token's application. */
  const findTokenGrants = (context: CallContext): JoinedGrant[] => {
    const projectId = findTokenProject(store, context.headers);
    return joinGrants(store, context).filter(({ authorization }) => authorization.projectId === projectId);
  };
  return {
    listMyUserGrants: (request, context) =>
      toListResponse(store, request, joinGrants(store, context), { view: toGrantView }),
    listMyProjectOrgs: (request, context) => {
      const organizations = new Set(findTokenGrants(context).map(({ organization }) => organization));
      const found = findOrganizations(store, request.queries).filter((one) => organizations.has(one));
      const byName = request.sortingColumn === OrgFieldName.NAME;
      const sortKey = byName ? ({ name }: { name: string }) => name : undefined;
      return toListResponse(store, request, found, { sortKey, view: toOrgViewV1 });
    },
    listMyZitadelPermissions: (_, { caller, organizationId }) => ({
      result: caller === undefined ? [] : listPermissions(store, caller, organizationId),
    }),
    listMyProjectPermissions: (_, context) => {
      const { organizationId } = context;
      const grant = findTokenGrants(context).find(
        ({ authorization }) => authorization.resourceOwner === organizationId,
      );
      if (grant === undefined) throw zitadelError(Code.NotFound, "QUERY-wIPkA", "User grant not found");
      return { result: [...grant.authorization.roleKeys] };
    },
    listMyMemberships: (request, context) => {
      const user = me(context);
      if (user === undefined) throw userNotFound("QUERY-Dfbg2");
      return listMemberships(store, user.id, request);
    },
  };
}

function joinGrants(store: Store, { caller }: CallContext): JoinedGrant[] {
  return [...store.authorizations.values()]
    .filter(({ userId }) => userId === caller?.userId)
    .map((one) => joinGrant(store, one));
}

/** Finds the project of the application that a token was issued to. Undefined for other tokens. */
function findTokenProject(store: Store, headers: Headers): string | undefined {
  const bearer = headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
  const { clientId } = store.tokens.get(bearer) ?? {};
  const applications = [...store.applications.values()];
  return applications.find((one) => one.type !== "saml" && one.clientId === clientId)?.projectId;
}

function toGrantView({
  authorization,
  user,
  project,
  organization,
}: JoinedGrant): MessageInitShape<typeof UserGrantSchema> {
  const { id: grantId, userId, projectId, projectGrantId, roleKeys, state, resourceOwner } = authorization;
  return {
    grantId,
    details: toObjectDetailsV1(authorization),
    orgId: resourceOwner,
    orgName: organization?.name ?? "",
    orgDomain: organization?.primaryDomain ?? "",
    projectId,
    projectName: project?.name ?? "",
    ...(projectGrantId === undefined ? {} : { projectGrantId }),
    userId,
    userType: toTypeNumber(user),
    roles: [...roleKeys],
    roleKeys: [...roleKeys],
    state: STATE_NUMBER[state],
  };
}
