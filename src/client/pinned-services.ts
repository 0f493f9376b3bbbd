import { services } from "../../gen/services.js";

type GeneratedServices = typeof services;

/**
 * The services of the Zitadel version that this package is built for. An interface, since declarations and editors show its
 * name; instead of the name of a type alias, they would show everything in it.
 */
export interface PinnedServices extends GeneratedServices {}

/** The services of the Zitadel version that this package is built for. */
export const pinnedServices: PinnedServices = services;
