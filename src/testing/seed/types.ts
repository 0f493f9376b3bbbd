import type { JsonObject } from "@bufbuild/protobuf";

/**
 * The initial state of an emulator, and the result of `snapshot()`, in one format; its schema is
 * `zitadel-emulator.schema.json`. Everything is optional. Users are referred to by user name, projects and
 * organizations by name, or each by its id.
 */
export interface EmulatorState {
  readonly $schema?: string | undefined;
  /** The version of the format. Default: 1. */
  readonly version?: 1 | undefined;
  /** The complete state, from `snapshot()`; not meant for editing. Everything else is added to it. */
  readonly store?: JsonObject | undefined;
  readonly organizations?: readonly SeedOrganization[] | undefined;
  readonly authorizations?: readonly SeedAuthorization[] | undefined;
  readonly targets?: readonly SeedTarget[] | undefined;
}

/**
 * An organization with its content. If it has the name of the instance's first one, `ZITADEL`, its content is added to
 * that.
 */
export interface SeedOrganization {
  readonly name: string;
  readonly id?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly users?: readonly SeedUser[] | undefined;
  readonly projects?: readonly SeedProject[] | undefined;
}

/** A user, with exactly one of `human` and `machine`. */
export interface SeedUser {
  readonly username: string;
  readonly id?: string | undefined;
  readonly human?: SeedHuman | undefined;
  readonly machine?: SeedMachine | undefined;
  /** On the instance, such as `IAM_OWNER`, and in the organization, such as `ORG_OWNER`. */
  readonly roles?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** A person with verified addresses. */
export interface SeedHuman {
  readonly givenName: string;
  readonly familyName: string;
  /** Default: both names. */
  readonly displayName?: string | undefined;
  readonly nickName?: string | undefined;
  /** A BCP 47 tag. Default: none. */
  readonly preferredLanguage?: string | undefined;
  /** Verified. */
  readonly email: string;
  /** Verified. */
  readonly phone?: string | undefined;
  readonly password?: string | undefined;
}

/** A service user, with credentials that are known in advance. Default: none. */
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

/** A project with its roles, its applications and its grants. */
export interface SeedProject {
  readonly name: string;
  readonly id?: string | undefined;
  /** The keys of its roles. */
  readonly roles?: readonly string[] | undefined;
  /** Tokens contain the roles of their users. Default: false. */
  readonly roleAssertion?: boolean | undefined;
  /** Only users with a role can sign in. Default: false. */
  readonly authorizationRequired?: boolean | undefined;
  readonly applications?: readonly SeedApplication[] | undefined;
  /** Organizations, by name or id, that may grant the roles to their users. */
  readonly grants?:
    | readonly { readonly organization: string; readonly roles: readonly string[] }[]
    | undefined;
}

/** An application that users sign in to, or an API that verifies tokens. */
export interface SeedApplication {
  readonly name: string;
  readonly id?: string | undefined;
  readonly type: "oidc" | "api";
  readonly clientId?: string | undefined;
  /** Default: a random one, if the method uses one. */
  readonly clientSecret?: string | undefined;
  /** Default: `client_secret_basic`. */
  readonly authMethod?: "client_secret_basic" | "client_secret_post" | "none" | "private_key_jwt" | undefined;
  readonly redirectUris?: readonly string[] | undefined;
  readonly postLogoutRedirectUris?: readonly string[] | undefined;
  /** Default: `["authorization_code"]`. */
  readonly grantTypes?: readonly SeedGrantType[] | undefined;
}

/** How an application may obtain tokens. */
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
  /** The organization that grants them, by name or id. Default: the organization of the project. */
  readonly organization?: string | undefined;
}

/** What the instance calls, and when. */
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
