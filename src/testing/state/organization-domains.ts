import { promises as dns } from "node:dns";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { NewEvent } from "./event-log.ts";
import type { Organization } from "./model/organization.ts";
import type { Store } from "./model/store.ts";
import { findPolicy } from "./policies.ts";
import { secretText, writeEvents } from "./store.ts";

const LONGEST_LABEL = 63;
const LONGEST_DOMAIN = 253;

/** Derives an organization's subdomain of the instance from its name. */
export function toDomain(store: Store, name: string): string {
  const label = name.replaceAll(" ", "-").replaceAll(/[^\p{L}\p{M}0-9-]/gu, "");
  const longest = Math.min(LONGEST_LABEL, LONGEST_DOMAIN - store.domain.length - 1);
  const trimmed = label.slice(0, longest).replace(/^-/, "").replace(/-$/, "");
  if (trimmed === "") {
    const message =
      "Invalid non numeric and alphabetical characters were replaced with empty spaces and resulting domain is an empty string";
    throw zitadelError(Code.InvalidArgument, "ORG-RrfXY", message);
  }
  return `${trimmed}.${store.domain}`.toLowerCase();
}

/** Finds the organization that has verified a domain, if any. */
export function findDomainOwner(store: Store, domain: string): Organization | undefined {
  for (const organization of store.organizations.values()) {
    if (organization.domains.get(domain)?.verified === true) return organization;
  }
  return undefined;
}

/** Throws if an organization has verified a domain. */
export function requireFreeDomain(store: Store, domain: string): void {
  if (findDomainOwner(store, domain) === undefined) return;
  throw zitadelError(Code.AlreadyExists, "V3-DKcYh", "Domain already exists");
}

/** Adds a domain without validation. Returns the events to write. */
export function addVerifiedDomain(store: Store, organization: Organization, domain: string): NewEvent[] {
  organization.domains.set(domain, { createdAt: store.now(), verified: true, validationType: 0 });
  return [
    { type: "org.domain.added", payload: { domain } },
    { type: "org.domain.verified", payload: { domain } },
  ];
}

/** Adds a domain. It is verified at once, unless the settings require validation. */
export function addOrganizationDomain(store: Store, organization: Organization, text: string): void {
  const domain = text.trim();
  if (domain === "") throw zitadelError(Code.InvalidArgument, "ORG-r3h4J", "Errors.Invalid.Argument");
  if (organization.domains.has(domain)) {
    throw zitadelError(Code.AlreadyExists, "V2-e1wse", "Errors.Already.Exists");
  }
  if (findPolicy(store, "domain", organization.id).values.validateOrgDomains) {
    organization.domains.set(domain, { createdAt: store.now(), verified: false, validationType: 0 });
    writeEvents(store, organization, { type: "org.domain.added", payload: { domain } });
    return;
  }
  requireFreeDomain(store, domain);
  writeEvents(store, organization, ...addVerifiedDomain(store, organization, domain));
  claimUsers(store, organization, domain);
}

/** Removes a domain that is not the primary one. */
export function removeOrganizationDomain(store: Store, organization: Organization, domain: string): void {
  const removed = organization.domains.get(domain);
  if (removed === undefined) throw notOnOrganization("ORG-GDfA3");
  if (organization.primaryDomain === domain) {
    throw zitadelError(Code.FailedPrecondition, "ORG-Sjdi3", "Organization Domain must not be deleted");
  }
  organization.domains.delete(domain);
  const payload = { domain, ...(removed.verified ? { isVerified: true } : {}) };
  writeEvents(store, organization, { type: "org.domain.removed", payload });
}

/** Makes a verified domain the primary one. */
export function setPrimaryDomain(store: Store, organization: Organization, domain: string): void {
  const found = organization.domains.get(domain);
  if (found === undefined) throw notOnOrganization("ORG-GDfA3");
  if (!found.verified) throw zitadelError(Code.FailedPrecondition, "ORG-Ggd32", "Domain is not verified");
  organization.primaryDomain = domain;
  writeEvents(store, organization, { type: "org.domain.primary.set", payload: { domain } });
}

/** Validation types, as the API numbers them. */
const [HTTP, DNS] = [1, 2];

const CODE_LENGTH = 32;

/** Creates a validation token for a domain. Returns it and where to publish it. */
export function generateDomainValidation(
  store: Store,
  organization: Organization | undefined,
  domain: string,
  validationType: number,
): { token: string; url: string } {
  if (validationType !== HTTP && validationType !== DNS) {
    throw zitadelError(Code.InvalidArgument, "ORG-Gsw31", "Domain verification type is invalid");
  }
  const found = organization?.domains.get(domain);
  if (organization === undefined || found === undefined) throw notOnOrganization("ORG-AGD31");
  requireUnverified(found.verified);
  const token = secretText(CODE_LENGTH);
  organization.domains.set(domain, { ...found, validationType, validationCode: token });
  writeEvents(store, organization, {
    type: "org.domain.verification.added",
    payload: { domain, validationType },
  });
  const url = validationType === HTTP ? toHttpUrl(domain, token) : toDnsName(domain);
  return { token, url };
}

/** Looks for the validation token as the server does: over HTTPS or in the DNS. */
export async function verifyDomain(
  store: Store,
  organization: Organization | undefined,
  domain: string,
): Promise<void> {
  const found = organization?.domains.get(domain);
  if (organization === undefined || found === undefined) throw notOnOrganization("ORG-Sjdi3");
  requireUnverified(found.verified);
  const { validationCode, validationType } = found;
  if (validationCode === undefined) {
    throw zitadelError(Code.FailedPrecondition, "ORG-SFBB3", "Domain verification not yet started");
  }
  try {
    await (validationType === HTTP ? checkHttp : checkDns)(domain, validationCode);
  } catch (error) {
    writeEvents(store, organization, { type: "org.domain.verification.failed", payload: { domain } });
    throw error;
  }
  requireFreeDomain(store, domain);
  organization.domains.set(domain, { ...found, verified: true });
  writeEvents(store, organization, { type: "org.domain.verified", payload: { domain } });
  claimUsers(store, organization, domain);
}

function requireUnverified(verified: boolean): void {
  if (verified) throw zitadelError(Code.FailedPrecondition, "ORG-HGw21", "Domain is already verified");
}

function notOnOrganization(id: string): Error {
  return zitadelError(Code.NotFound, id, "Domain doesn't exist on organization");
}

function toHttpUrl(domain: string, token: string): string {
  return `https://${domain}/.well-known/zitadel-challenge/${token}.txt`;
}

function toDnsName(domain: string): string {
  return `_zitadel-challenge.${domain}`;
}

async function checkHttp(domain: string, code: string): Promise<void> {
  const response = await fetch(toHttpUrl(domain, code)).catch(() => {
    throw zitadelError(Code.Internal, "HTTP-BH42h", "An internal error occurred");
  });
  if (response.status === 404) {
    const message =
      "The file containing the challenge was not found in the expected URL. Check that you've uploaded the file in the right place";
    throw zitadelError(Code.NotFound, "ORG-F4zhw", message);
  }
  if (response.status !== 200) throw zitadelError(Code.Internal, "HTTP-G2zsw", "An internal error occurred");
  if ((await response.text()) === code) return;
  throw zitadelError(Code.NotFound, "ORG-GH422", "Errors.Org.DomainVerificationHTTPNoMatch");
}

async function checkDns(domain: string, code: string): Promise<void> {
  const records = await dns.resolveTxt(toDnsName(domain)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ETIMEOUT") {
      const message = "There was a timeout querying the DNS server";
      throw zitadelError(Code.NotFound, "ORG-K563l", message);
    }
    throw zitadelError(Code.NotFound, "ORG-G241f", "Errors.Org.DomainVerificationTXTNotFound");
  });
  if (records.some((parts) => parts.join("") === code)) return;
  throw zitadelError(Code.NotFound, "ORG-G28if", "Errors.Org.DomainVerificationTXTNoMatch");
}

/** Renames users of other organizations whose usernames end with the domain. */
function claimUsers(store: Store, organization: Organization, domain: string): void {
  for (const user of store.users.values()) {
    if (user.resourceOwner === organization.id || !user.username.endsWith(`@${domain}`)) continue;
    user.username = `${user.id}@temporary.${store.domain}`;
    writeEvents(store, user, { type: "user.domain.claimed", payload: { userName: user.username } });
  }
}
