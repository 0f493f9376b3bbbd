import { Code } from "@connectrpc/connect";
import type { AdminService } from "../../../gen/zitadel/admin_pb.js";
import { zitadelError } from "../errors.ts";
import type { Handlers } from "../handlers.ts";
import type { Store } from "../state/model/store.ts";
import { instanceSettingsV1 } from "./instance-settings-v1.ts";
import { loginPolicyV1 } from "./login-policy-v1.ts";
import { policiesAdminV1 } from "./policies-v1.ts";
import { providersV1 } from "./providers-v1.ts";
import { adminEventsV1 } from "./v1/admin-events.ts";
import { adminOrganizationsV1 } from "./v1/admin-organizations.ts";
import { instanceMembersV1 } from "./v1/instance-members.ts";
import { defaultLoginTexts, loginTextsV1 } from "./v1/login-texts.ts";
import { messageTextsAdminV1 } from "./v1/message-texts.ts";
import { notificationProvidersV1 } from "./v1/notification-providers.ts";
import { secretGeneratorsV1 } from "./v1/secret-generators.ts";
import { listDetailsV1 } from "./views-v1.ts";

/** zitadel.admin.v1.AdminService, which manages the instance. */
export function adminV1(store: Store): Handlers<typeof AdminService> {
  const instance = () => store.instance;
  return {
    healthz: () => ({}),
    ...providersV1(store, instance),
    ...loginPolicyV1(store, instance),
    ...policiesAdminV1(store),
    ...messageTextsAdminV1(store),
    ...loginTextsV1(store, instance),
    getDefaultLoginTexts: defaultLoginTexts(store, ""),
    ...instanceSettingsV1(store),
    ...adminOrganizationsV1(store),
    ...instanceMembersV1(store),
    ...adminEventsV1(store),
    ...notificationProvidersV1(store),
    ...secretGeneratorsV1(store),
    ...nothingYet(store),
  };
}

/** The oldest kind of identity providers. No RPC adds them. */
function nothingYet(store: Store): Handlers<typeof AdminService> {
  return {
    listIDPs: () => ({ details: listDetailsV1(store, { items: [], total: 0n, limit: 0 }) }),
    getIDPByID: () => {
      throw zitadelError(Code.NotFound, "QUERY-rhR2o", "Identity Provider Configuration doesn't exist");
    },
  };
}
