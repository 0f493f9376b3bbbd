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
import { messageTextsAdminV1 } from "./v1/message-texts.ts";
import { listDetailsV1 } from "./views-v1.ts";

/** zitadel.admin.v1.AdminService: the view of the instance. */
export function adminV1(store: Store): Handlers<typeof AdminService> {
  const instance = () => store.instance;
  return {
    healthz: () => ({}),
    ...providersV1(store, instance),
    ...loginPolicyV1(store, instance),
    ...policiesAdminV1(store),
    ...messageTextsAdminV1(store),
    ...instanceSettingsV1(store),
    ...adminOrganizationsV1(store),
    ...instanceMembersV1(store),
    ...adminEventsV1(store),
    ...nothingYet(store),
  };
}

/** What a new instance has none of, and nothing adds here: providers of mails and texts, and of the oldest kind of log-in. */
function nothingYet(store: Store): Handlers<typeof AdminService> {
  const none = () => ({ details: listDetailsV1(store, { items: [], total: 0n, limit: 0 }) });
  const notFound = (id: string, message: string) => () => {
    throw zitadelError(Code.NotFound, id, message);
  };
  const noMail = notFound("QUERY-fwofw", "SMTP configuration not found");
  return {
    listSMTPConfigs: none,
    getSMTPConfig: noMail,
    getSMTPConfigById: noMail,
    listEmailProviders: none,
    getEmailProvider: noMail,
    getEmailProviderById: noMail,
    listSMSProviders: none,
    getSMSProvider: notFound("QUERY-fn99w", "Errors.SMSConfig.NotExisting"),
    listIDPs: none,
    getIDPByID: notFound("QUERY-rhR2o", "Identity Provider Configuration doesn't exist"),
  };
}
