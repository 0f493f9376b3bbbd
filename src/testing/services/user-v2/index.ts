import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import type { Handlers } from "../../handlers.ts";
import type { Store } from "../../state/model/store.ts";
import { objectDetails } from "../details.ts";
import { stateHandlers, updateHandlers } from "./changes.ts";
import { contactHandlers } from "./contacts.ts";
import { creationHandlers } from "./creation.ts";
import { keyHandlers, patHandlers, secretHandlers } from "./credentials.ts";
import { factorHandlers } from "./factors.ts";
import { idpIntentHandlers, idpLinkHandlers } from "./identity-providers.ts";
import { metadataHandlers } from "./metadata.ts";
import { inviteHandlers, passwordHandlers } from "./passwords.ts";
import { readHandlers } from "./reads.ts";
import { recoveryCodeHandlers } from "./recovery-codes.ts";
import { securityKeyHandlers } from "./security-keys.ts";

/** zitadel.user.v2.UserService */
export function userV2(store: Store): Handlers<typeof UserService> {
  return {
    ...creationHandlers(store),
    ...readHandlers(store),
    ...updateHandlers(store),
    ...contactHandlers(store),
    ...passwordHandlers(store),
    ...inviteHandlers(store),
    ...factorHandlers(store),
    ...securityKeyHandlers(store),
    ...recoveryCodeHandlers(store),
    ...idpLinkHandlers(store),
    ...idpIntentHandlers(store),
    ...stateHandlers(store),
    ...secretHandlers(store),
    ...keyHandlers(store),
    ...patHandlers(store),
    ...metadataHandlers(store),
  };
}

/** zitadel.user.v2beta.UserService: v2 with fewer RPCs, and without creation dates in reads. */
export function userV2beta(store: Store): Handlers<typeof UserService> {
  const toDetails: typeof objectDetails = (user) => ({ ...objectDetails(user), creationDate: undefined });
  return { ...userV2(store), ...readHandlers(store, toDetails) };
}
