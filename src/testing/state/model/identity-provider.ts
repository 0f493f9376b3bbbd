import type { History } from "./aggregate.ts";

/** The kinds of identity providers, as the configuration of one names them in the API. */
export type ProviderKind =
  | "oauth"
  | "oidc"
  | "jwt"
  | "azureAd"
  | "github"
  | "githubEs"
  | "gitlab"
  | "gitlabSelfHosted"
  | "google"
  | "ldap"
  | "apple"
  | "saml";

/** Where users of an organization, or of all, can sign in instead of here. */
export interface IdentityProvider extends History {
  readonly id: string;
  /** The id of the instance, or of the organization. */
  readonly resourceOwner: string;
  /** Changes only when a generic provider is migrated. */
  kind: ProviderKind;
  name: string;
  options: ProviderOptions;
  /** What the kind needs, secrets included, by the names of the requests of v1. */
  settings: ProviderSettings;
}

export interface ProviderOptions {
  readonly isLinkingAllowed: boolean;
  readonly isCreationAllowed: boolean;
  readonly isAutoCreation: boolean;
  readonly isAutoUpdate: boolean;
  /** By its number in the API. */
  readonly autoLinking: number;
}

/** Durations are in milliseconds; the tenant of Azure is its id, or one of `common`, `organizations`, `consumers`. */
export type ProviderSettings = Readonly<
  Record<
    string,
    string | boolean | number | readonly string[] | Uint8Array | Readonly<Record<string, string>>
  >
>;
