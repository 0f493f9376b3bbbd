import { invalidOption, requireStrings } from "../../shared/invalid-option.ts";

/** What a token is to be good for. */
export interface ScopeOptions {
  /** Scopes to request besides those that the API needs. Default: none. */
  readonly scopes?: readonly string[] | undefined;
  /**
   * Ids of projects whose applications are to accept the token too: each becomes an audience of it.
   * Default: none; the API of Zitadel itself is always an audience.
   */
  readonly projectIds?: readonly string[] | undefined;
}

/** The scope by which a token gets a project as an audience. */
function audienceScope(projectId: string): string {
  return `urn:zitadel:iam:org:project:id:${projectId}:aud`;
}

/**
 * Makes the `scope` parameter for a client, whose projects are added. Zitadel's API accepts a token only with the
 * second of the two that are always requested.
 */
export function scopeOption({
  scopes = [],
  projectIds = [],
}: ScopeOptions): (more?: readonly string[]) => string {
  requireScopes("scopes", scopes);
  requireScopes("projectIds", projectIds);
  return (more = []) => {
    const audiences = ["zitadel", ...projectIds, ...more].map(audienceScope);
    return [...new Set(["openid", ...audiences, ...scopes])].join(" ");
  };
}

/** Fails unless each is one word (RFC 6749 section 3.3). */
export function requireScopes(option: string, values: unknown): asserts values is readonly string[] {
  requireStrings(option, values);
  for (const value of values) {
    if (/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value)) continue;
    throw invalidOption(`an entry of ${option}`, "a string with white space or quotes in it", "one word");
  }
}
