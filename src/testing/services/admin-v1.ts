import type { AdminService } from "../../../gen/zitadel/admin_pb.js";
import type { Handlers } from "../handlers.ts";
import type { Store } from "../state/model/store.ts";
import { createInstanceSettingsV1 } from "./instance-settings-v1.ts";
import { createLoginPolicyV1 } from "./login-policy-v1.ts";
import { createPoliciesAdminV1 } from "./policies-v1.ts";
import { createProvidersV1 } from "./providers-v1.ts";
import { createAdminEventsV1 } from "./v1/admin-events.ts";
import { createAdminOrganizationsV1 } from "./v1/admin-organizations.ts";
import { createDefaultLoginTexts, createLoginTextsV1 } from "./v1/login-texts.ts";
import { createInstanceMembersV1 } from "./v1/members.ts";
import { createMessageTextsAdminV1 } from "./v1/message-texts.ts";
import { createNotificationProvidersV1 } from "./v1/notification-providers.ts";
import { createOldProvidersAdminV1 } from "./v1/old-providers.ts";
import { createSecretGeneratorsV1 } from "./v1/secret-generators.ts";

/** zitadel.admin.v1.AdminService, which manages the instance. */
export function createAdminV1(store: Store): Handlers<typeof AdminService> {
  const instance = () => store.instance;
  return {
    healthz: () => ({}),
    ...createProvidersV1(store, instance),
    ...createLoginPolicyV1(store, instance),
    ...createPoliciesAdminV1(store),
    ...createMessageTextsAdminV1(store),
    ...createLoginTextsV1(store, instance),
    getDefaultLoginTexts: createDefaultLoginTexts(store, ""),
    ...createInstanceSettingsV1(store),
    ...createAdminOrganizationsV1(store),
    ...createInstanceMembersV1(store),
    ...createAdminEventsV1(store),
    ...createNotificationProvidersV1(store),
    ...createSecretGeneratorsV1(store),
    ...createOldProvidersAdminV1(store),
  };
}
