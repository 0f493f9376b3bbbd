import type { History, State } from "./aggregate.ts";
import type { MachineKey } from "./user.ts";

/** What all applications have in common. */
interface CommonApplication extends History {
  readonly id: string;
  readonly projectId: string;
  name: string;
  state: State;
}

/** An application: what users sign in to, or what verifies tokens. */
export type StoredApplication = OidcApplication | ApiApplication | SamlApplication;

/** An application that has credentials of its own at the token endpoint. */
export type ClientApplication = OidcApplication | ApiApplication;

interface Client extends CommonApplication {
  readonly clientId: string;
  clientSecret: string | undefined;
  readonly keys: Map<string, MachineKey>;
}

/** An application that users sign in to by OpenID Connect. */
export interface OidcApplication extends Client {
  readonly type: "oidc";
  config: OidcConfiguration;
}

/** An application that only verifies tokens. */
export interface ApiApplication extends Client {
  readonly type: "api";
  config: ApiConfiguration;
}

/** An application that users sign in to by SAML. */
export interface SamlApplication extends CommonApplication {
  readonly type: "saml";
  config: SamlConfiguration;
}

/** The settings; what is an enum in the API is its number there. */
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
  /** 0 for what the instance has. */
  readonly loginVersion: number;
  readonly loginBaseUri: string;
}

export interface ApiConfiguration {
  readonly authMethodType: number;
}

export interface SamlConfiguration {
  readonly metadata: Uint8Array;
  /** Where the metadata was read from, if anywhere. */
  readonly metadataUrl: string;
  readonly loginVersion: number;
  readonly loginBaseUri: string;
}
