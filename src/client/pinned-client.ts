import type { ZitadelOptions } from "./client-options.ts";
import { createZitadel as createClient, type Zitadel } from "./create-zitadel.ts";
import { type PinnedServices, pinnedServices } from "./pinned-services.ts";
import type { ServiceTree } from "./service-tree.ts";

/**
 * Creates a client. Does not connect yet: the first call does, and all calls share the connection. Create one when your
 * program starts, and pass it around.
 *
 * @example
 * ```ts
 * import { createZitadel, privateKeyJwt } from "zitadel-connect";
 *
 * const zitadel = createZitadel({
 *   url: "https://acme.zitadel.cloud",
 *   auth: privateKeyJwt({ keyFile: "service-user.json" }),
 * });
 * const { user } = await zitadel.user.v2.getUserByID({ userId: "218790123456789012" });
 * ```
 *
 * @throws TypeError if an option or an environment variable is missing or invalid
 */
export function createZitadel<Services extends ServiceTree = PinnedServices>(
  options?: ZitadelOptions<Services>,
): Zitadel<Services> {
  // Options that are not an object are rejected there.
  if (options !== undefined && (typeof options !== "object" || options?.services !== undefined)) {
    return createClient(options);
  }
  return createClient({ ...options, services: pinnedServices as ServiceTree as Services });
}
