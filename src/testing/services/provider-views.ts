import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import {
  IDPConfigSchema as IDPConfigSchemaV2,
  type IDPSchema as IDPSchemaV2,
} from "../../../gen/zitadel/idp/v2/idp_pb.js";
import {
  IDPOwnerType,
  IDPState,
  ProviderConfigSchema,
  type ProviderSchema,
} from "../../../gen/zitadel/idp_pb.js";
import type { IdentityProvider, ProviderSettings } from "../state/model/identity-provider.ts";
import type { Store } from "../state/model/store.ts";
import { PROVIDER_KINDS } from "../state/provider-kinds.ts";
import { toObjectDetails, toObjectDetailsV1 } from "./details.ts";

/** Converts an identity provider to the form in which v1 shows it. */
export function toProviderViewV1(
  store: Store,
  provider: IdentityProvider,
): MessageInitShape<typeof ProviderSchema> {
  const { id, name, kind, resourceOwner } = provider;
  return {
    id,
    details: toObjectDetailsV1(provider),
    state: IDPState.IDP_STATE_ACTIVE,
    name,
    owner:
      resourceOwner === store.instanceId
        ? IDPOwnerType.IDP_OWNER_TYPE_SYSTEM
        : IDPOwnerType.IDP_OWNER_TYPE_ORG,
    type: PROVIDER_KINDS[kind].type,
    config: toConfigView(ProviderConfigSchema, provider),
  };
}

/** Converts an identity provider to the form in which v2 shows it. */
export function toProviderViewV2(provider: IdentityProvider): MessageInitShape<typeof IDPSchemaV2> {
  const { id, name, kind } = provider;
  return {
    id,
    details: toObjectDetails(provider),
    state: 1,
    name,
    type: PROVIDER_KINDS[kind].type,
    config: toConfigView(IDPConfigSchemaV2, provider),
  };
}

/** Gets the name by which users choose a provider. Some kinds have a default name. */
export function getProviderName({ name, kind }: IdentityProvider): string {
  if (name !== "") return name;
  const names: Readonly<Record<string, string>> = {
    github: "GitHub",
    gitlab: "GitLab",
    google: "Google",
    apple: "Apple",
  };
  return names[kind] ?? "";
}

/** Converts the settings to the form in which both versions show them: v1 has more of them, and neither has secrets. */
function toConfigView<Desc extends DescMessage>(
  schema: Desc,
  provider: IdentityProvider,
): MessageInitShape<Desc> {
  const { kind, settings, options } = provider;
  const fields = schema.field[kind]?.message?.field ?? {};
  const shown = Object.entries({ ...SHOWN_ALWAYS[kind], ...settings }).filter(
    ([name]) => name in fields || SHOWN_BY_NEWER.has(name),
  );
  const value = Object.fromEntries(shown.map(([name, one]) => [name, toShownSetting(name, one)]));
  // Fields that the message does not have were omitted above.
  return { options, config: { case: kind, value } } as unknown as MessageInitShape<Desc>;
}

const PERSISTENT = 2;

const SHOWN_ALWAYS: Readonly<Partial<Record<IdentityProvider["kind"], ProviderSettings>>> = {
  saml: { nameIdFormat: PERSISTENT, transientMappingAttributeName: "", federatedLogoutEnabled: false },
};

/** Settings that only newer versions of the API show. */
const SHOWN_BY_NEWER = new Set(["signatureAlgorithm"]);

const TENANTS = ["common", "organizations", "consumers"];

function toShownSetting(name: string, value: ProviderSettings[string]): unknown {
  if (name === "timeout") return value === 0 ? undefined : durationFromMs(value as number);
  if (name !== "tenant") return value;
  const type = TENANTS.indexOf(value as string);
  return { type: type < 0 ? { case: "tenantId", value } : { case: "tenantType", value: type } };
}
