import type { EventLog } from "../event-log.ts";
import type { Action, Flow } from "./action.ts";
import type { Administrator } from "./administrator.ts";
import type { Aggregate } from "./aggregate.ts";
import type { StoredApplication } from "./application.ts";
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
 * All that the emulator remembers. Maps are by id where nothing else is said. It is plain data but for the log, the clock
 * and `newId()`, and is copied as such: hold the store, not its parts, across calls.
 */
export interface Store {
  /** The last one that was given out. */
  readonly ids: { last: bigint };
  /** The service user of `emulator.serviceUser`; undefined until it is there. */
  serviceUser: ServiceUser | undefined;
  readonly instance: Aggregate;
  readonly instanceId: string;
  /** The domain that the instance is known by; organizations get domains below it. */
  readonly domain: string;
  /** The organization of calls that name none and of users that are created without one. */
  defaultOrganizationId: string;
  /** The project that stands for the API itself. */
  apiProjectId: string;
  readonly organizations: Map<string, Organization>;
  /** Those that are no more: v1 can still read them. */
  readonly removedOrganizations: Map<string, Organization>;
  readonly users: Map<string, User>;
  /** What is left of users that were removed: the server knows that they were there. */
  readonly removedUsers: Map<string, Aggregate>;
  /** By the ids of the users; of those that have any. */
  readonly authMethods: Map<string, AuthMethods>;
  readonly sessions: Map<string, Session>;
  readonly idpIntents: Map<string, IdpIntent>;
  readonly projects: Map<string, StoredProject>;
  readonly applications: Map<string, StoredApplication>;
  readonly authorizations: Map<string, Authorization>;
  readonly groups: Map<string, Group>;
  /** By what they administrate and who they are. */
  readonly administrators: Map<string, Administrator>;
  readonly settings: InstanceSettings;
  readonly identityProviders: Map<string, IdentityProvider>;
  /** Those that are not as a new instance has them, by the id of their owner and their kind. */
  /** By owner, message and language. */
  readonly customTexts: Map<string, CustomText>;
  readonly policies: Map<string, Policy>;
  readonly notificationProviders: Map<string, NotificationProvider>;
  readonly actions: Map<string, Action>;
  /** By organization and type. */
  readonly flows: Map<string, Flow>;
  readonly targets: Map<string, Target>;
  /** By their condition. */
  readonly executions: Map<string, Execution>;
  /** By the token itself. */
  readonly tokens: Map<string, Token>;
  readonly webKeys: Map<string, StoredWebKey>;
  readonly oidcSessions: Map<string, OidcSession>;
  readonly authRequests: Map<string, AuthRequest>;
  /** By the code that the device has. */
  readonly deviceAuthorizations: Map<string, DeviceAuthorization>;
  /** What has happened to all of them: written with `writeEvents()`. */
  readonly events: EventLog;
  /** Milliseconds since the epoch, by the emulator's clock. */
  now(): number;
  newId(): string;
}
