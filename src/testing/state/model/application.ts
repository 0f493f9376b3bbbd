import type { History, State } from "./aggregate.ts";
import type { MachineKey } from "./user.ts";

/** The common part of all applications. */
interface CommonApplication extends History {
  readonly id: string;
  readonly projectId: string;
  name: string;
  state: State;
}

/** An application that users sign in to, or an API that verifies tokens. */
export type StoredApplication = OidcApplication | ApiApplication | SamlApplication;

/** An application that authenticates as a client at the OIDC endpoints. */
export type ClientApplication = OidcApplication | ApiApplication;

interface Client extends CommonApplication {
  readonly clientId: string;
  clientSecret: string | undefined;
  readonly keys: Map<string, MachineKey>;
}

/** An application that users sign in to with OpenID Connect. */
export interface OidcApplication extends Client {
  readonly type: "oidc";
  config: OidcConfiguration;
}

/** An API, which only verifies tokens. */
export interface ApiApplication extends Client {
  readonly type: "api";
  config: ApiConfiguration;
}

/** An application that users sign in to with SAML. */
export interface SamlApplication extends CommonApplication {
  readonly type: "saml";
  config: SamlConfiguration;
}

/** The settings. Enums are numbers, as in the API. */
export interface OidcConfiguration {
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly additionalOrigins: readonly string[];
  readonly responseTypes: readonly number[];
  readonly grantTypes: readonly number[];
  readonly applicationType: number;
  readonly authMethodType: number;
  readonly accessTokenType: number;
  readonly devMode: boolean;
  readonly accessTokenRoleAssertion: boolean;
  readonly idTokenRoleAssertion: boolean;
  readonly idTokenUserinfoAssertion: boolean;
  readonly skipNativeAppSuccessPage: boolean;
  readonly clockSkewMs: number;
  readonly backChannelLogoutUri: string;
  /** 0: as the instance is configured. */
  readonly loginVersion: number;
  readonly loginBaseUri: string;
}

export interface ApiConfiguration {
  readonly authMethodType: number;
}

export interface SamlConfiguration {
  readonly metadata: Uint8Array;
  /** The URL that the metadata was fetched from; empty if it was uploaded. */
  readonly metadataUrl: string;
  readonly loginVersion: number;
  readonly loginBaseUri: string;
}
