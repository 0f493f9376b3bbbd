import { misuse, requireStrings } from "../shared/invalid-option.ts";

/** What a token is to be good for. */
export interface ScopeOptions {
  /** Scopes to ask for besides those that the API needs. Default: none. */
  readonly scopes?: readonly string[] | undefined;
  /**
   * Ids of projects whose applications are to accept the token too: each becomes an audience of it.
   * Default: none; the API of Zitadel itself is always an audience.
   */
  readonly projectIds?: readonly string[] | undefined;
}

/** The `scope` parameter. Zitadel's API accepts a token only with the second of the two that are always asked for. */
export function scopeParameter(method: string, { scopes = [], projectIds = [] }: ScopeOptions): string {
  requireStrings(method, "scopes", scopes);
  requireStrings(method, "projectIds", projectIds);
  for (const part of [...scopes, ...projectIds]) {
    // RFC 6749 section 3.3
    if (!/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(part))
      throw misuse(method, "a scope or project id", "white space or quotes in it", "one word");
  }
  const audiences = ["zitadel", ...projectIds].map((id) => `urn:zitadel:iam:org:project:id:${id}:aud`);
  return [...new Set(["openid", ...audiences, ...scopes])].join(" ");
}
