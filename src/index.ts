// A client with the services of the pin, unless it is given others.

export { createZitadel } from "./client/pinned-client.ts";
export type { PinnedServices } from "./client/pinned-services.ts";
export * from "./core/surface.ts";
