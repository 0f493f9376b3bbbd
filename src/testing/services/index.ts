import type { DescMethodUnary, DescService } from "@bufbuild/protobuf";
import type { AnyHandler } from "../handlers.ts";
import type { Store } from "../state/model/store.ts";

type Load = (store: Store) => Promise<Readonly<Record<string, unknown>>>;

/** What the emulator answers by itself. Loaded when a service is called first. */
const SERVICES: Readonly<Record<string, Load>> = {
  "zitadel.user.v2.UserService": async (store) => (await import("./user-v2/index.ts")).userV2(store),
  "zitadel.org.v2.OrganizationService": async (store) => (await import("./org-v2.ts")).orgV2(store),
  "zitadel.session.v2.SessionService": async (store) =>
    (await import("./session-v2/index.ts")).sessionV2(store),
  "zitadel.settings.v2.SettingsService": async (store) =>
    (await import("./settings-v2.ts")).settingsV2(store),
  "zitadel.management.v1.ManagementService": async (store) =>
    (await import("./management-v1.ts")).managementV1(store),
  "zitadel.admin.v1.AdminService": async (store) => (await import("./admin-v1.ts")).adminV1(store),
  "zitadel.auth.v1.AuthService": async (store) => (await import("./auth-v1.ts")).authV1(store),
  "zitadel.system.v1.SystemService": async (store) => (await import("./system-v1.ts")).systemV1(store),
  "zitadel.resources.userschema.v3alpha.ZITADELUserSchemas": async () =>
    (await import("./user-schemas-v3alpha.ts")).userSchemasV3alpha(),
};

/** Finds the emulator's own handler of an RPC, if it has one. */
export function builtInHandlers(store: Store): (method: DescMethodUnary) => Promise<AnyHandler | undefined> {
  const loaded = new Map<DescService["typeName"], ReturnType<Load>>();
  return async ({ parent, localName }) => {
    const load = SERVICES[parent.typeName];
    if (load === undefined) return undefined;
    const handlers = loaded.get(parent.typeName) ?? load(store);
    loaded.set(parent.typeName, handlers);
    return (await handlers)[localName] as AnyHandler | undefined;
  };
}
