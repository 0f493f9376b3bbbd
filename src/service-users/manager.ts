import type { ZitadelCore } from "../client/create-zitadel.ts";
import type { PinnedServices } from "../client/pinned-services.ts";

/** What manages service users: a client of this package, whatever services it has. */
export type ServiceUserManager = Pick<
  ZitadelCore<PinnedServices>,
  "client" | "withHeaders" | "withOrganization"
>;
