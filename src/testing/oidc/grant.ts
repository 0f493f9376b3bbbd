import type { AccessTokenType, User } from "../state/model/user.ts";

/** Whom a token is for, and what it is good for. */
export interface Grant {
  readonly user: User;
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
  /** The application that it is issued to, or the login name of a machine. */
  readonly clientId: string;
  /** How the user signed in. Default: nothing is told. */
  readonly amr?: readonly string[] | undefined;
  /** The same, as events tell it: numbers of Zitadel's own. Default: nothing is told. */
  readonly authMethods?: readonly number[] | undefined;
  /** Default: `bearer`. */
  readonly accessTokenType?: AccessTokenType | undefined;
  /** Who acts as the user, by impersonation. Default: nobody. */
  readonly actor?: User | undefined;
}

/** As an audience, the API itself. */
export const API_PROJECT = "zitadel";

/** With this scope an ID token tells the user's organization, without which it cannot be exchanged. */
export const RESOURCE_OWNER_SCOPE = "urn:zitadel:iam:user:resourceowner";
export const RESOURCE_OWNER_CLAIM: string = `${RESOURCE_OWNER_SCOPE}:id`;

export const NO_SCOPE: string =
  "The scope of your request is missing. Please ensure some scopes are requested. " +
  "If you have any questions, you may contact the administrator of the application.";

/** The scopes that a request asks for. */
export function parseScopes(form: URLSearchParams): string[] {
  return (form.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
}

/** The audiences that scopes name. */
export function audienceFrom(scopes: readonly string[]): string[] {
  return scopes.flatMap((scope) => /^urn:zitadel:iam:org:project:id:(.+):aud$/.exec(scope)?.[1] ?? []);
}

/** Whether a scope grants something, as against telling claims of the user. */
export function grantsAccess(scope: string): boolean {
  return /^(offline_access$|urn:zitadel:iam:org:|urn:iam:org:)/.test(scope);
}
