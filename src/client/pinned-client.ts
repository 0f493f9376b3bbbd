import type { ZitadelOptions } from "./client-options.ts";
import { createZitadel as createClient, type Zitadel } from "./create-zitadel.ts";
import { type PinnedServices, pinnedServices } from "./pinned-services.ts";
import type { ServiceTree } from "./service-tree.ts";

/**
 * Creates a client. Opens no connection yet: the first call does, and all calls share it. Make one when your
 * program starts, and pass it around.
 *
 * @throws TypeError when an option or an environment variable is missing or makes no sense
 */
export function createZitadel<Services extends ServiceTree = PinnedServices>(
  options?: ZitadelOptions<Services>,
): Zitadel<Services> {
  // What is no object is for the checks to name.
  if (options !== undefined && (typeof options !== "object" || options?.services !== undefined)) {
    return createClient(options);
  }
  return createClient({ ...options, services: pinnedServices as ServiceTree as Services });
}
