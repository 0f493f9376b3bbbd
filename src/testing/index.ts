export { type Emulator, type EmulatorOptions, type RequestInterceptor, startEmulator } from "./emulator.ts";
export { zitadelError } from "./errors.ts";
export type { CallContext, Caller, Handler, Handlers } from "./handlers.ts";
export type { HttpRequest, HttpResponse } from "./net/http.ts";
export type { Identity } from "./net/port.ts";
export type { RecordedRequest } from "./recorded-request.ts";
export type { NewServiceUser, ServiceUser } from "./service-user.ts";
export type { Application } from "./state/applications.ts";
export type { SystemUser } from "./system-users.ts";
