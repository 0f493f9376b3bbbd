import type { JsonObject } from "@bufbuild/protobuf";

/**
 * What an emulator begins with, and what `snapshot()` returns: one format, of which `zitadel-emulator.schema.json` is the
 * schema. Everything is optional. Names stand for ids: users are named by their user names, projects by their names, or
 * each by its id.
 */
export interface EmulatorState {
  readonly $schema?: string | undefined;
  /** The format's own. Default: 1. */
  readonly version?: 1 | undefined;
  /** What the emulator held, whole: from `snapshot()`, and not for editing. All else is added to it. */
  readonly store?: JsonObject | undefined;
  readonly organizations?: readonly SeedOrganization[] | undefined;
  readonly authorizations?: readonly SeedAuthorization[] | undefined;
  readonly targets?: readonly SeedTarget[] | undefined;
}

/** An organization with what it owns. With the name of the instance's first one, `ZITADEL`, it is added to that. */
export interface SeedOrganization {
  readonly name: string;
  readonly id?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly users?: readonly SeedUser[] | undefined;
  readonly projects?: readonly SeedProject[] | undefined;
}

/** A user: exactly one of `human` and `machine` is there. */
export interface SeedUser {
  readonly username: string;
  readonly id?: string | undefined;
  readonly human?: SeedHuman | undefined;
  readonly machine?: SeedMachine | undefined;
  /** Of the instance, such as `IAM_OWNER`, and of the organization, such as `ORG_OWNER`. */
  readonly roles?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** A person, whose addresses are verified. */
export interface SeedHuman {
  readonly givenName: string;
  readonly familyName: string;
  /** Default: both names. */
  readonly displayName?: string | undefined;
  readonly nickName?: string | undefined;
  /** A tag of BCP 47. Default: none. */
  readonly preferredLanguage?: string | undefined;
  /** Verified. */
  readonly email: string;
  /** Verified. */
  readonly phone?: string | undefined;
  readonly password?: string | undefined;
}

/** A service user, with credentials that somebody knows already. Default: none. */
export interface SeedMachine {
  /** Default: the user name. */
  readonly name?: string | undefined;
  readonly accessTokenType?: "bearer" | "jwt" | undefined;
  /** For client credentials. */
  readonly secret?: string | undefined;
  /** A personal access token. */
  readonly token?: string | undefined;
  /** For private key JWT: its public half is registered. */
  readonly key?: { readonly keyId: string; readonly publicKey: string } | undefined;
}

/** A project with its roles, its applications, and whom it is granted to. */
export interface SeedProject {
  readonly name: string;
  readonly id?: string | undefined;
  /** The keys of its roles. */
  readonly roles?: readonly string[] | undefined;
  /** Tokens tell the roles of their users. Default: false. */
  readonly roleAssertion?: boolean | undefined;
  /** Only users with a role can sign in. Default: false. */
  readonly authorizationRequired?: boolean | undefined;
  readonly applications?: readonly SeedApplication[] | undefined;
  /** Organizations, by name or id, which may give the roles to their users. */
  readonly grants?:
    | readonly { readonly organization: string; readonly roles: readonly string[] }[]
    | undefined;
}

/** What users sign in to, or what verifies tokens. */
export interface SeedApplication {
  readonly name: string;
  readonly id?: string | undefined;
  readonly type: "oidc" | "api";
  readonly clientId?: string | undefined;
  /** Default: a random one, where the method has one. */
  readonly clientSecret?: string | undefined;
  /** Default: `client_secret_basic`. */
  readonly authMethod?: "client_secret_basic" | "client_secret_post" | "none" | "private_key_jwt" | undefined;
  readonly redirectUris?: readonly string[] | undefined;
  readonly postLogoutRedirectUris?: readonly string[] | undefined;
  /** Default: `["authorization_code"]`. */
  readonly grantTypes?: readonly SeedGrantType[] | undefined;
}

/** How an application may come to tokens. */
export type SeedGrantType =
  | "authorization_code"
  | "implicit"
  | "refresh_token"
  | "device_code"
  | "token_exchange";

/** Roles of a user in a project. */
export interface SeedAuthorization {
  readonly user: string;
  readonly project: string;
  readonly roles: readonly string[];
  /** Who gives them, by name or id. Default: the organization of the project. */
  readonly organization?: string | undefined;
}

/** Where the instance calls, and when. */
export interface SeedTarget {
  readonly name: string;
  readonly endpoint: string;
  /** Default: `webhook`. */
  readonly type?: "webhook" | "call" | "async" | undefined;
  /** Default: false. */
  readonly interruptOnError?: boolean | undefined;
  /** Default: 10,000. */
  readonly timeoutMs?: number | undefined;
  /** Default: a random one. */
  readonly signingKey?: string | undefined;
  /** Conditions, such as `request/zitadel.user.v2.UserService/CreateUser` or `event/user.human.added`. */
  readonly executions?: readonly string[] | undefined;
}
