import { Code } from "@connectrpc/connect";
import { Source } from "../../../gen/zitadel/feature/v2/feature_pb.js";
import type { FeatureService } from "../../../gen/zitadel/feature/v2/feature_service_pb.js";
import { zitadelError } from "../errors.ts";
import type { Handlers } from "../handlers.ts";
import { FEATURES, resetFeatures, setFeatures } from "../state/features.ts";
import type { Features, FeatureValue } from "../state/model/instance-settings.ts";
import type { Store } from "../state/model/store.ts";
import { changeDetails } from "./details.ts";

/** zitadel.feature.v2.FeatureService, and v2beta's, which has fewer features. */
export function featureV2(store: Store): Handlers<typeof FeatureService> {
  const set = (level: Level) => (request: object) => {
    const features = store.settings[level];
    setFeatures(store, features, readValues(request));
    return { details: changeDetails(features) };
  };
  const reset = (level: Level) => () => {
    const features = store.settings[level];
    resetFeatures(store, features);
    return { details: changeDetails(features) };
  };
  return {
    setSystemFeatures: set("systemFeatures"),
    resetSystemFeatures: reset("systemFeatures"),
    getSystemFeatures: () => ({
      details: toDetails(store.settings.systemFeatures),
      ...flags(SYSTEM_FEATURES, store.settings.systemFeatures, Source.SYSTEM),
    }),
    setInstanceFeatures: set("features"),
    resetInstanceFeatures: reset("features"),
    // System features apply if the instance has not set them.
    getInstanceFeatures: () => ({
      details: toDetails(store.settings.features),
      ...flags(INSTANCE_FEATURES, store.settings.systemFeatures, Source.SYSTEM),
      ...flags(Object.keys(store.settings.features.values), store.settings.features, Source.INSTANCE),
    }),
    setOrganizationFeatures: notImplemented("SetOrganizationFeatures"),
    resetOrganizationFeatures: notImplemented("ResetOrganizationFeatures"),
    getOrganizationFeatures: notImplemented("GetOrganizationFeatures"),
    setUserFeatures: notImplemented("SetUserFeatures"),
    resetUserFeatures: notImplemented("ResetUserFeatures"),
    getUserFeatures: notImplemented("GetUserFeatures"),
  };
}

type Level = "systemFeatures" | "features";

const INSTANCE_FEATURES = Object.keys(FEATURES);

const SYSTEM_FEATURES = INSTANCE_FEATURES.filter(
  (name) => name !== "debugOidcParentError" && name !== "consoleUseV2UserApi",
);

/** RPCs that Zitadel itself does not implement. */
function notImplemented(rpc: string): () => never {
  return () => {
    throw zitadelError(Code.Unimplemented, "", `method ${rpc} not implemented`);
  };
}

/** The details of features. Those that were never set have no change date. */
function toDetails(features: Features) {
  const { changeDate, ...details } = changeDetails(features);
  return features.sequence === 0 ? details : { ...details, changeDate };
}

/** Reads the features of a request. The newest ones are not in the pinned API's types. */
function readValues(request: object): Record<string, FeatureValue> {
  const given = request as Readonly<Record<string, unknown>>;
  const entries = INSTANCE_FEATURES.flatMap((name): [string, FeatureValue][] => {
    const value = given[name];
    // protobuf does not distinguish an empty list from a missing one.
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return [];
    if (name !== "loginV2") return [[name, value as FeatureValue]];
    const { required, baseUri = "" } = value as { required: boolean; baseUri?: string };
    return [[name, { required, baseUri }]];
  });
  return Object.fromEntries(entries);
}

/** Features that are always on, and can no longer be set. */
const ALWAYS = { enabled: true, source: Source.SYSTEM };

function flags(names: readonly string[], { values }: Features, source: Source): object {
  const entries = names.map((name) => [name, flag(name, values[name], source)]);
  return { ...Object.fromEntries(entries), oidcTokenExchange: ALWAYS, enableBackChannelLogout: ALWAYS };
}

function flag(name: string, value: FeatureValue | undefined, source: Source): object {
  if (value === undefined) return {};
  if (typeof value === "boolean") return { enabled: value, source };
  if (name === "improvedPerformance") return { executionPaths: value, source };
  const { required, baseUri } = value as { required: boolean; baseUri: string };
  return { required, source, ...(baseUri === "" ? {} : { baseUri }) };
}
