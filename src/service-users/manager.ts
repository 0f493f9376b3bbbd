import type { ZitadelCore } from "../client/create-zitadel.ts";
import type { PinnedServices } from "../client/pinned-services.ts";

/** A client of this package that manages service users. It may have any services. */
export type ServiceUserManager = Pick<
  ZitadelCore<PinnedServices>,
  "client" | "withHeaders" | "withOrganization"
>;
