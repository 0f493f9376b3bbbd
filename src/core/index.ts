// A client without the services of the pin, for programs that bring their own.

export { createZitadel, type NoServices } from "../client/create-zitadel.ts";
export * from "./surface.ts";
