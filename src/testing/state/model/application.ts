import type { OIDCConfig } from "../../../../gen/zitadel/app/v2beta/oidc_pb.js";
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
  /** By its number in the API. */
  authMethodType: number;
}

/** An application that users sign in to by SAML. */
export interface SamlApplication extends CommonApplication {
  readonly type: "saml";
  metadataXml: Uint8Array;
}

/** The settings, by the names and numbers of the API. */
export type OidcConfiguration = {
  [Name in Exclude<keyof OIDCConfig, "$typeName" | "$unknown" | Derived>]?: Exclude<
    OIDCConfig[Name],
    undefined
  >;
};

/** What follows from the settings. */
type Derived = "clientId" | "noneCompliant" | "complianceProblems" | "allowedOrigins";
