import { invalidOption, requireStrings } from "../../shared/invalid-option.ts";

/** The scopes and audiences of a token. */
export interface ScopeOptions {
  /** Scopes to request in addition to those that the API requires. Default: none. */
  readonly scopes?: readonly string[] | undefined;
  /**
   * Ids of projects whose applications should accept the token too: each becomes an audience. Default: none; Zitadel's own
   * API is always an audience.
   */
  readonly projectIds?: readonly string[] | undefined;
}

/** The scope that adds a project to the audiences of a token. */
function audienceScope(projectId: string): string {
  return `urn:zitadel:iam:org:project:id:${projectId}:aud`;
}

/**
 * Returns a function that creates the `scope` parameter, with the projects of a client. Two scopes are always requested;
 * the second adds Zitadel's API to the audiences, which it requires.
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
    throw invalidOption(`an entry of ${option}`, "a string with whitespace or quotes in it", "one word");
  }
}
