// A client with the pinned services, unless others are given.

export { createZitadel } from "./client/pinned-client.ts";
export type { PinnedServices } from "./client/pinned-services.ts";
export * from "./core/surface.ts";
