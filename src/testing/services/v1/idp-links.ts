import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { AuthService } from "../../../../gen/zitadel/auth_pb.js";
import type { IDPUserLinkSchema } from "../../../../gen/zitadel/idp_pb.js";
import type { ManagementService } from "../../../../gen/zitadel/management_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import { findUserHistory, getAuthMethods } from "../../state/auth-methods.ts";
import { removeIdpLink } from "../../state/idp-links.ts";
import type { Aggregate } from "../../state/model/aggregate.ts";
import type { Store } from "../../state/model/store.ts";
import { toChangeDetailsV1 } from "../details.ts";
import type { PageRequest } from "../lists.ts";
import { LINK_TYPE } from "../login-policy-v1.ts";
import { toListResponse } from "./lists.ts";
import { findOwnUser } from "./users.ts";

/** Links of an organization's humans to identity providers. */
export function createHumanIdpLinksV1(store: Store): Handlers<typeof ManagementService> {
  return {
    listHumanLinkedIDPs: (request, { organizationId }) =>
      list(store, request, findOwnUser(store, request.userId, organizationId)?.id),
    removeHumanLinkedIDP: ({ userId, ...link }, { organizationId }) =>
      remove(store, findOwnUser(store, userId, organizationId), link),
  };
}

/** Links of the caller to identity providers. */
export function createOwnIdpLinksV1(store: Store): Handlers<typeof AuthService> {
  return {
    listMyLinkedIDPs: (request, { caller }) => list(store, request, caller?.userId),
    removeMyLinkedIDP: (link, { caller }) =>
      remove(store, findUserHistory(store, caller?.userId ?? ""), link),
  };
}

function list(store: Store, request: { readonly query?: PageRequest | undefined }, userId = "") {
  const links = [...getAuthMethods(store, userId).idpLinks.values()];
  const view = ({
    idpId,
    externalId,
    displayName,
  }: (typeof links)[number]): MessageInitShape<typeof IDPUserLinkSchema> => {
    const { name: idpName = "", kind = "" } = store.identityProviders.get(idpId) ?? {};
    const idpType = LINK_TYPE[kind] ?? 0;
    return { userId, idpId, idpName, idpType, providedUserId: externalId, providedUserName: displayName };
  };
  return toListResponse(store, request, links, { view });
}

function remove(
  store: Store,
  user: Aggregate | undefined,
  { idpId, linkedUserId: externalId }: { readonly idpId: string; readonly linkedUserId: string },
) {
  if (user === undefined || !removeIdpLink(store, user, { idpId, externalId })) {
    throw zitadelError(Code.NotFound, "COMMAND-1M9xR", "External IDP not found");
  }
  return { details: toChangeDetailsV1(user) };
}
