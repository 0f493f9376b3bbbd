import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { Features, FeatureValue } from "./model/instance-settings.ts";
import type { Store } from "./model/store.ts";
import { writeEvents } from "./store.ts";

/** Features and their names in events, in the order in which the server writes them. */
export const FEATURES = {
  loginDefaultOrg: "login_default_org",
  userSchema: "user_schema",
  improvedPerformance: "improved_performance",
  debugOidcParentError: "debug_oidc_parent_error",
  oidcSingleV1SessionTermination: "oidc_single_v1_session_termination",
  loginV2: "login_v2",
  permissionCheckV2: "permission_check_v2",
  consoleUseV2UserApi: "console_use_v2_user_api",
  enableRelationalTables: "enable_relational_tables",
} as const;

/** Sets features of the system or of the instance. Writes no event for unchanged ones. */
export function setFeatures(
  store: Store,
  features: Features,
  wanted: Readonly<Record<string, FeatureValue>>,
): void {
  if (Object.keys(wanted).length === 0) {
    throw features.resourceOwner === store.instanceId
      ? zitadelError(Code.InvalidArgument, "COMMAND-Vigh1", "No changes")
      : zitadelError(Code.Internal, "COMMAND-Oop8a", "No changes");
  }
  for (const [name, event] of Object.entries(FEATURES)) {
    const value = wanted[name];
    if (value === undefined || JSON.stringify(value) === JSON.stringify(features.values[name])) continue;
    features.values = { ...features.values, [name]: value };
    const type = `feature.${toLevel(store, features)}.${event}.set`;
    writeEvents(store, features, { type, payload: { Value: toPayload(value) } });
  }
}

/** Resets all features to their defaults. */
export function resetFeatures(store: Store, features: Features): void {
  if (Object.keys(features.values).length === 0) return;
  features.values = {};
  writeEvents(store, features, { type: `feature.${toLevel(store, features)}.reset` });
}

function toLevel({ instanceId }: Store, { resourceOwner }: Features): string {
  return resourceOwner === instanceId ? "instance" : "system";
}

function toPayload(value: FeatureValue) {
  if (typeof value === "boolean") return value;
  if (!("required" in value)) return [...value];
  return value.baseUri === ""
    ? { required: value.required }
    : { required: value.required, base_uri: value.baseUri };
}
