import { Code } from "@connectrpc/connect";
import { Source } from "../../../gen/zitadel/feature/v2/feature_pb.js";
import type { FeatureService } from "../../../gen/zitadel/feature/v2/feature_service_pb.js";
import { zitadelError } from "../errors.ts";
import type { Handlers } from "../handlers.ts";
import { FEATURES, resetFeatures, setFeatures } from "../state/features.ts";
import type { Features, FeatureValue } from "../state/model/instance-settings.ts";
import type { Store } from "../state/model/store.ts";
import { toChangeDetails } from "./details.ts";

/** zitadel.feature.v2.FeatureService, and that of v2beta, which has fewer features. */
export function createFeatureV2(store: Store): Handlers<typeof FeatureService> {
  const set = (level: Level) => (request: object) => {
    const features = store.settings[level];
    setFeatures(store, features, readValues(request));
    return { details: toChangeDetails(features) };
  };
  const reset = (level: Level) => () => {
    const features = store.settings[level];
    resetFeatures(store, features);
    return { details: toChangeDetails(features) };
  };
  return {
    setSystemFeatures: set("systemFeatures"),
    resetSystemFeatures: reset("systemFeatures"),
    getSystemFeatures: () => ({
      details: toDetails(store.settings.systemFeatures),
      ...toFlags(SYSTEM_FEATURES, store.settings.systemFeatures, Source.SYSTEM),
    }),
    setInstanceFeatures: set("features"),
    resetInstanceFeatures: reset("features"),
    // System features apply if the instance has not set them.
    getInstanceFeatures: () => ({
      details: toDetails(store.settings.features),
      ...toFlags(INSTANCE_FEATURES, store.settings.systemFeatures, Source.SYSTEM),
      ...toFlags(Object.keys(store.settings.features.values), store.settings.features, Source.INSTANCE),
    }),
    setOrganizationFeatures: createUnimplemented("SetOrganizationFeatures"),
    resetOrganizationFeatures: createUnimplemented("ResetOrganizationFeatures"),
    getOrganizationFeatures: createUnimplemented("GetOrganizationFeatures"),
    setUserFeatures: createUnimplemented("SetUserFeatures"),
    resetUserFeatures: createUnimplemented("ResetUserFeatures"),
    getUserFeatures: createUnimplemented("GetUserFeatures"),
  };
}

type Level = "systemFeatures" | "features";

const INSTANCE_FEATURES = Object.keys(FEATURES);

const SYSTEM_FEATURES = INSTANCE_FEATURES.filter(
  (name) => name !== "debugOidcParentError" && name !== "consoleUseV2UserApi",
);

/** Creates the handler of an RPC that Zitadel itself does not implement. */
function createUnimplemented(rpc: string): () => never {
  return () => {
    throw zitadelError(Code.Unimplemented, "", `method ${rpc} not implemented`);
  };
}

/** The details of features. Those that were never set have no change date. */
function toDetails(features: Features) {
  const { changeDate, ...details } = toChangeDetails(features);
  return features.sequence === 0 ? details : { ...details, changeDate };
}

/** Reads the features in a request. The types of the pinned API lack the newest ones. */
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

function toFlags(names: readonly string[], { values }: Features, source: Source): object {
  const entries = names.map((name) => [name, toFlag(name, values[name], source)]);
  return { ...Object.fromEntries(entries), oidcTokenExchange: ALWAYS, enableBackChannelLogout: ALWAYS };
}

function toFlag(name: string, value: FeatureValue | undefined, source: Source): object {
  if (value === undefined) return {};
  if (typeof value === "boolean") return { enabled: value, source };
  if (name === "improvedPerformance") return { executionPaths: value, source };
  const { required, baseUri } = value as { required: boolean; baseUri: string };
  return { required, source, ...(baseUri === "" ? {} : { baseUri }) };
}
