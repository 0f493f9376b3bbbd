export type { NodeKey } from "../shared/node-key.ts";
export type { Application, NewApplication } from "./application.ts";
export { type Emulator, type EmulatorOptions, startEmulator } from "./emulator.ts";
export { zitadelError } from "./errors.ts";
export type { CallContext, Caller, Handler, Handlers } from "./handlers.ts";
export type { RequestInterceptor } from "./interceptors.ts";
export type { HttpRequest, HttpResponse } from "./net/http.ts";
export type { Identity } from "./net/port.ts";
export type { NewAuthorization, NewProject, Project } from "./project.ts";
export type { RecordedRequest } from "./recorded-request.ts";
export type {
  EmulatorState,
  SeedApplication,
  SeedAuthorization,
  SeedGrantType,
  SeedHuman,
  SeedMachine,
  SeedOrganization,
  SeedProject,
  SeedTarget,
  SeedUser,
} from "./seed/types.ts";
export type { NewServiceUser } from "./service-user.ts";
export type { CommitDelay } from "./state/event-log.ts";
export type { ServiceUser } from "./state/model/service-user.ts";
export type { AccessTokenType } from "./state/model/user.ts";
export type { WebKeyAlgorithm } from "./state/model/web-key.ts";
export type { Lag } from "./state/projections.ts";
export type { SystemUser } from "./system-users.ts";
export { type SignedWebhook, sendWebhook, signWebhook, type WebhookDelivery } from "./webhooks.ts";
