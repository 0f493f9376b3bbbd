import type { IdentityProviderService } from "../../../gen/zitadel/idp/v2/idp_service_pb.js";
import type { Handlers } from "../handlers.ts";
import { readIdentityProvider } from "../state/identity-providers.ts";
import type { Store } from "../state/model/store.ts";
import { providerViewV2 } from "./provider-views.ts";

/** zitadel.idp.v2.IdentityProviderService */
export function idpV2(store: Store): Handlers<typeof IdentityProviderService> {
  return { getIDPByID: ({ id }) => ({ idp: providerViewV2(readIdentityProvider(store, id)) }) };
}
