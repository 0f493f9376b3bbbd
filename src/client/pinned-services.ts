import { services } from "../../gen/services.js";

/** The services of the Zitadel version that this package is built for. */
export type PinnedServices = typeof services;

/** The services of the Zitadel version that this package is built for. */
export const pinnedServices: PinnedServices = services;
