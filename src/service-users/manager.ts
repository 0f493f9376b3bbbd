import type { ZitadelCore } from "../client/create-zitadel.ts";
import type { PinnedServices } from "../client/pinned-services.ts";

/** A client of this package that manages service users, with whatever services it has. */
export type ServiceUserManager = Pick<
  ZitadelCore<PinnedServices>,
  "client" | "withHeaders" | "withOrganization"
>;
