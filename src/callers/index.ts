export type { ClientAuthentication } from "../auth/token-endpoint/client-authentication.ts";
export type { NodeRequest, WebRequest } from "./bearer.ts";
export type { Actor, Caller, CallerOrganization, Roles } from "./caller.ts";
export { CallerError, type CallerErrorCode, type CallerErrorInit } from "./caller-error.ts";
export type { CallerRequirement } from "./requirement.ts";
export { hasRole, requireRole } from "./roles.ts";
export { type CallerMiddleware, type CallerVerifier, createCallerVerifier } from "./verifier.ts";
export type { CallerVerifierOptions, InstanceOptions, IntrospectionOptions } from "./verifier-options.ts";
