// All that Acme's services see of Zitadel.
export { AcmeIdentityError, type AcmeProblem } from "./errors.ts";
export { type AcmeIdentity, createAcmeIdentity, type IdentityOptions, type Person } from "./identity.ts";
