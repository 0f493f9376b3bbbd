import type { IdentityProviderService } from "../../../gen/zitadel/idp/v2/idp_service_pb.js";
import type { Handlers } from "../handlers.ts";
import { readIdentityProvider } from "../state/identity-providers.ts";
import type { Store } from "../state/model/store.ts";
import { toProviderViewV2 } from "./provider-views.ts";

/** zitadel.idp.v2.IdentityProviderService */
export function createIdpV2(store: Store): Handlers<typeof IdentityProviderService> {
  return { getIDPByID: ({ id }) => ({ idp: toProviderViewV2(readIdentityProvider(store, id)) }) };
}
