import type { EventLog } from "../event-log.ts";
import type { Action, Flow } from "./action.ts";
import type { Administrator } from "./administrator.ts";
import type { Aggregate } from "./aggregate.ts";
import type { StoredApplication } from "./application.ts";
import type { Asset } from "./asset.ts";
import type { AuthMethods } from "./auth-methods.ts";
import type { Authorization } from "./authorization.ts";
import type { CustomText } from "./custom-text.ts";
import type { Group } from "./group.ts";
import type { IdentityProvider } from "./identity-provider.ts";
import type { IdpIntent } from "./idp-intent.ts";
import type { InstanceSettings } from "./instance-settings.ts";
import type { NotificationProvider } from "./notification-provider.ts";
import type { AuthRequest, DeviceAuthorization, OidcSession } from "./oidc.ts";
import type { Organization } from "./organization.ts";
import type { Policy } from "./policy.ts";
import type { StoredProject } from "./project.ts";
import type { ServiceUser } from "./service-user.ts";
import type { Session } from "./session.ts";
import type { Execution, Target } from "./target.ts";
import type { Token } from "./token.ts";
import type { User } from "./user.ts";
import type { StoredWebKey } from "./web-key.ts";

/**
 * The whole state of the emulator. Maps are by id unless stated otherwise. Apart from the log, the clock and `newId()`
 * it is plain data. Restoring a snapshot replaces its parts, so keep references to the store, not to its parts.
 */
export interface Store {
  /** The last id that was generated. */
  readonly ids: { last: bigint };
  /** `emulator.serviceUser`; undefined until it is created. */
  serviceUser: ServiceUser | undefined;
  readonly instance: Aggregate;
  readonly instanceId: string;
  /** The instance's domain. Organizations get subdomains of it. */
  readonly domain: string;
  /** The organization of calls that do not name one, and of users that are created without one. */
  defaultOrganizationId: string;
  /** The id of the project that represents the API itself. */
  apiProjectId: string;
  readonly organizations: Map<string, Organization>;
  /** Removed organizations, which v1 can still read. */
  readonly removedOrganizations: Map<string, Organization>;
  readonly users: Map<string, User>;
  /** Removed users, of whom the server still knows from their events. */
  readonly removedUsers: Map<string, Aggregate>;
  /** By user id, for users who have any. */
  readonly authMethods: Map<string, AuthMethods>;
  readonly sessions: Map<string, Session>;
  readonly idpIntents: Map<string, IdpIntent>;
  readonly projects: Map<string, StoredProject>;
  readonly applications: Map<string, StoredApplication>;
  readonly authorizations: Map<string, Authorization>;
  readonly groups: Map<string, Group>;
  /** By resource and user. */
  readonly administrators: Map<string, Administrator>;
  readonly settings: InstanceSettings;
  readonly identityProviders: Map<string, IdentityProvider>;
  /** By owner, template and language. */
  readonly customTexts: Map<string, CustomText>;
  /** Those that have been set since the instance was created, by owner and kind. */
  readonly policies: Map<string, Policy>;
  /** By owner and name. */
  readonly assets: Map<string, Asset>;
  readonly notificationProviders: Map<string, NotificationProvider>;
  readonly actions: Map<string, Action>;
  /** By organization and type. */
  readonly flows: Map<string, Flow>;
  readonly targets: Map<string, Target>;
  /** By condition. */
  readonly executions: Map<string, Execution>;
  /** By the token itself. */
  readonly tokens: Map<string, Token>;
  readonly webKeys: Map<string, StoredWebKey>;
  readonly oidcSessions: Map<string, OidcSession>;
  readonly authRequests: Map<string, AuthRequest>;
  /** By device code. */
  readonly deviceAuthorizations: Map<string, DeviceAuthorization>;
  /** The events of all objects, written with `writeEvents()`. */
  readonly events: EventLog;
  /** Milliseconds since the epoch, by the emulator's clock. */
  now(): number;
  newId(): string;
}
