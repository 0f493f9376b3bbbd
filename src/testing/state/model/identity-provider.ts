import type { History } from "./aggregate.ts";

/** The kinds of identity providers, by the field names of the API's `ProviderConfig`. */
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

/** An identity provider of an organization, or of the instance. */
export interface IdentityProvider extends History {
  readonly id: string;
  /** The id of the instance or organization. */
  readonly resourceOwner: string;
  /** Changes only when a generic provider is migrated. */
  kind: ProviderKind;
  name: string;
  options: ProviderOptions;
  /** The settings of its kind, secrets included, by the field names of v1 requests. */
  settings: ProviderSettings;
  /** What only the oldest RPCs show. Default: none, since it was added by a newer RPC. */
  readonly old?: OldProvider | undefined;
}

/** What only the oldest RPCs show of providers that they have added, with a history that includes changes of state. */
export interface OldProvider extends History {
  state: "active" | "inactive";
  /** Enums by their numbers in the API. */
  stylingType: number;
  displayNameMapping?: number | undefined;
  usernameMapping?: number | undefined;
}

export interface ProviderOptions {
  readonly isLinkingAllowed: boolean;
  readonly isCreationAllowed: boolean;
  readonly isAutoCreation: boolean;
  readonly isAutoUpdate: boolean;
  /** The enum's number in the API. */
  readonly autoLinking: number;
}

/** Durations are in milliseconds. Azure's tenant is its id, or one of `common`, `organizations`, `consumers`. */
export type ProviderSettings = Readonly<
  Record<
    string,
    string | boolean | number | readonly string[] | Uint8Array | Readonly<Record<string, string>>
  >
>;
