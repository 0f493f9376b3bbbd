// A client without the pinned services, for programs that bring their own.

export { createZitadel, type NoServices } from "../client/create-zitadel.ts";
export * from "./surface.ts";
