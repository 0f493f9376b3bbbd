import type { DescMethodUnary, DescService, Message } from "@bufbuild/protobuf";
import { requirePermission } from "../access/permissions.ts";
import type { AnyHandler } from "../handlers.ts";
import type { ServiceRegistry } from "../rpc/service-registry.ts";
import type { Store } from "../state/model/store.ts";
import { pickFields } from "./newer.ts";

type Load = (store: Store, registry: ServiceRegistry) => Promise<Readonly<Record<string, unknown>>>;

/** The services that the emulator implements. Each is loaded when it is first called. */
const SERVICES: Readonly<Record<string, Load>> = {
  "zitadel.user.v2.UserService": async (store) => (await import("./user-v2/index.ts")).createUserV2(store),
  "zitadel.user.v2beta.UserService": async (store) =>
    (await import("./user-v2/index.ts")).createUserV2beta(store),
  "zitadel.org.v2.OrganizationService": async (store) => (await import("./org-v2.ts")).createOrgV2(store),
  "zitadel.org.v2beta.OrganizationService": async (store) =>
    (await import("./org-v2beta.ts")).createOrgV2beta(store),
  "zitadel.project.v2beta.ProjectService": async (store) =>
    (await import("./project-v2beta.ts")).createProjectV2beta(store),
  "zitadel.project.v2.ProjectService": async (store) =>
    (await import("./project-v2.ts")).createProjectV2(store),
  "zitadel.app.v2beta.AppService": async (store) => (await import("./app-v2beta.ts")).createAppV2beta(store),
  "zitadel.application.v2.ApplicationService": async (store) =>
    (await import("./application-v2.ts")).createApplicationV2(store),
  "zitadel.authorization.v2beta.AuthorizationService": async (store) =>
    (await import("./authorization-v2beta.ts")).createAuthorizationV2beta(store),
  "zitadel.authorization.v2.AuthorizationService": async (store) =>
    (await import("./authorization-v2.ts")).createAuthorizationV2(store),
  "zitadel.internal_permission.v2beta.InternalPermissionService": async (store) =>
    (await import("./internal-permission-v2beta.ts")).createInternalPermissionV2beta(store),
  // v2 has the same names as v2beta except for project grants and filters, for which the handlers accept both.
  "zitadel.internal_permission.v2.InternalPermissionService": async (store) =>
    (await import("./internal-permission-v2beta.ts")).createInternalPermissionV2beta(store),
  "zitadel.session.v2.SessionService": async (store) =>
    (await import("./session-v2/index.ts")).createSessionV2(store),
  "zitadel.session.v2beta.SessionService": async (store) =>
    (await import("./session-v2/index.ts")).createSessionV2(store),
  "zitadel.oidc.v2.OIDCService": async (store) => (await import("./oidc-v2.ts")).createOidcV2(store),
  "zitadel.oidc.v2beta.OIDCService": async (store) => (await import("./oidc-v2.ts")).createOidcV2(store),
  "zitadel.settings.v2.SettingsService": async (store) =>
    (await import("./settings-v2.ts")).settingsV2(store),
  "zitadel.settings.v2beta.SettingsService": async (store) =>
    (await import("./settings-v2.ts")).settingsV2(store),
  "zitadel.instance.v2.InstanceService": async (store) =>
    (await import("./instances.ts")).createInstanceV2(store),
  "zitadel.instance.v2beta.InstanceService": async (store) =>
    (await import("./instances.ts")).createInstanceV2beta(store),
  "zitadel.feature.v2.FeatureService": async (store) =>
    (await import("./feature-v2.ts")).createFeatureV2(store),
  "zitadel.feature.v2beta.FeatureService": async (store) =>
    (await import("./feature-v2.ts")).createFeatureV2(store),
  "zitadel.webkey.v2.WebKeyService": async (store) => (await import("./webkey-v2.ts")).createWebkeyV2(store),
  "zitadel.webkey.v2beta.WebKeyService": async (store) =>
    (await import("./webkey-v2.ts")).createWebkeyV2(store),
  "zitadel.idp.v2.IdentityProviderService": async (store) => (await import("./idp-v2.ts")).createIdpV2(store),
  "zitadel.action.v2beta.ActionService": async (store, registry) =>
    (await import("./action-v2beta.ts")).createActionV2beta(store, registry),
  "zitadel.action.v2.ActionService": async (store, registry) =>
    (await import("./action-v2.ts")).createActionV2(store, registry),
  "zitadel.group.v2.GroupService": async (store) => (await import("./group-v2.ts")).createGroupV2(store),
  "zitadel.management.v1.ManagementService": async (store) =>
    (await import("./management-v1.ts")).createManagementV1(store),
  "zitadel.admin.v1.AdminService": async (store) => (await import("./admin-v1.ts")).createAdminV1(store),
  "zitadel.auth.v1.AuthService": async (store) => (await import("./auth-v1.ts")).createAuthV1(store),
  "zitadel.system.v1.SystemService": async (store) => (await import("./system-v1.ts")).createSystemV1(store),
  "zitadel.resources.userschema.v3alpha.ZITADELUserSchemas": async () =>
    (await import("./user-schemas-v3alpha.ts")).createUserSchemasV3alpha(),
};

/** Services that use the handlers of newer services, whose responses have fields that theirs lack. */
const OLDER: ReadonlySet<string> = new Set([
  "zitadel.user.v2beta.UserService",
  "zitadel.oidc.v2beta.OIDCService",
  "zitadel.feature.v2.FeatureService",
  "zitadel.feature.v2beta.FeatureService",
  "zitadel.settings.v2.SettingsService",
  "zitadel.settings.v2beta.SettingsService",
  "zitadel.session.v2beta.SessionService",
]);

/** Finds the emulator's own handler of an RPC, if it has one. */
export function createBuiltInHandlers(
  store: Store,
  registry: ServiceRegistry,
): (method: DescMethodUnary) => Promise<AnyHandler | undefined> {
  const loaded = new Map<DescService["typeName"], ReturnType<Load>>();
  return async (method) => {
    const { parent, localName } = method;
    const load = SERVICES[parent.typeName];
    if (load === undefined) return undefined;
    const handlers = loaded.get(parent.typeName) ?? load(store, registry);
    loaded.set(parent.typeName, handlers);
    const handler = (await handlers)[localName] as AnyHandler | undefined;
    if (handler === undefined) return undefined;
    return async (request, context) => {
      // A request is always a message: each service has checked the type, which `AnyHandler` no longer shows.
      requirePermission(store, method, request as Message, context);
      const response = await handler(request, context);
      const isOther = registry.isGiven(parent.typeName) || OLDER.has(parent.typeName);
      return isOther ? pickFields(method.output, response) : response;
    };
  };
}
