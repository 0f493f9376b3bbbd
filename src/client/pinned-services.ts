import { services } from "../../gen/services.js";

type GeneratedServices = typeof services;

/**
 * The services of the Zitadel version that this package is built for. An interface, since that is what declarations and
 * editors show by its name; of a type they show all that is in it.
 */
export interface PinnedServices extends GeneratedServices {}

/** The services of the Zitadel version that this package is built for. */
export const pinnedServices: PinnedServices = services;
