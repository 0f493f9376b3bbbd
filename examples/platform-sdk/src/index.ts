// Everything that Acme's services see. The rest can change without affecting them.
export { withCorrelationId } from "./correlation.ts";
export { AcmeIdentityError, type Reason, toAcmeError } from "./error.ts";
export { createIdentity, type Identity, type IdentityOptions, type NewUser } from "./identity.ts";
export type { AcmeUser } from "./user.ts";
