import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import type { Handlers } from "../../handlers.ts";
import type { Store } from "../../state/model/store.ts";
import { toObjectDetails } from "../details.ts";
import { createStateHandlers, createUpdateHandlers } from "./changes.ts";
import { createContactHandlers } from "./contacts.ts";
import { createCreationHandlers } from "./creation.ts";
import { createKeyHandlers, createPatHandlers, createSecretHandlers } from "./credentials.ts";
import { createFactorHandlers } from "./factors.ts";
import { createIdpIntentHandlers, createIdpLinkHandlers } from "./identity-providers.ts";
import { createMetadataHandlers } from "./metadata.ts";
import { createInviteHandlers, createPasswordHandlers } from "./passwords.ts";
import { createReadHandlers } from "./reads.ts";
import { createRecoveryCodeHandlers } from "./recovery-codes.ts";
import { createSecurityKeyHandlers } from "./security-keys.ts";

/** zitadel.user.v2.UserService */
export function createUserV2(store: Store): Handlers<typeof UserService> {
  return {
    ...createCreationHandlers(store),
    ...createReadHandlers(store),
    ...createUpdateHandlers(store),
    ...createContactHandlers(store),
    ...createPasswordHandlers(store),
    ...createInviteHandlers(store),
    ...createFactorHandlers(store),
    ...createSecurityKeyHandlers(store),
    ...createRecoveryCodeHandlers(store),
    ...createIdpLinkHandlers(store),
    ...createIdpIntentHandlers(store),
    ...createStateHandlers(store),
    ...createSecretHandlers(store),
    ...createKeyHandlers(store),
    ...createPatHandlers(store),
    ...createMetadataHandlers(store),
  };
}

/** zitadel.user.v2beta.UserService: like v2, but with fewer RPCs, and without creation dates in reads. */
export function createUserV2beta(store: Store): Handlers<typeof UserService> {
  const toDetails: typeof toObjectDetails = (user) => ({ ...toObjectDetails(user), creationDate: undefined });
  return { ...createUserV2(store), ...createReadHandlers(store, toDetails) };
}
