import type { Duration } from "@bufbuild/protobuf/wkt";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { Options } from "../../../gen/zitadel/idp_pb.js";
import type { ListQuery } from "../../../gen/zitadel/object_pb.js";
import { zitadelError } from "../errors.ts";
import type { CallContext } from "../handlers.ts";
import {
  addIdentityProvider,
  migrateIdentityProvider,
  type ProviderInput,
  providerNotFound,
  readIdentityProvider,
  removeIdentityProvider,
  renewCertificate,
  toMetadataErrorId,
  updateIdentityProvider,
} from "../state/identity-providers.ts";
import type { Aggregate } from "../state/model/aggregate.ts";
import type { IdentityProvider, ProviderKind, ProviderSettings } from "../state/model/identity-provider.ts";
import type { Store } from "../state/model/store.ts";
import { toAddDetailsV1, toChangeDetailsV1 } from "./details.ts";
import { toPage } from "./lists.ts";
import { textMatches } from "./matching.ts";
import { toProviderViewV1 } from "./provider-views.ts";
import { type Metadata, readMetadata } from "./saml-metadata.ts";
import { toListDetailsV1 } from "./views-v1.ts";

/** Finds the owner of the objects that a call manages: the instance, or the organization of the call. */
export type FindOwner = (context: CallContext) => Aggregate;

/** Identity providers, in the admin and management services of v1. */
export function createProvidersV1(store: Store, findOwner: FindOwner) {
  const missing = (context: CallContext, operation: "add" | "update") =>
    toMetadataErrorId(findOwner(context), operation);
  const add = (kind: ProviderKind) => async (request: ProviderRequest, context: CallContext) => {
    const provider = addIdentityProvider(
      store,
      findOwner(context),
      kind,
      await parseInput(request, missing(context, "add")),
    );
    return { id: provider.id, details: toAddDetailsV1(provider) };
  };
  const update =
    (kind: ProviderKind) =>
    async ({ id, ...request }: ProviderRequest & { id: string }, context: CallContext) => {
      const provider = updateIdentityProvider(
        store,
        findOwner(context),
        { id, kind },
        await parseInput(request, missing(context, "update")),
      );
      return { details: toChangeDetailsV1(provider) };
    };
  const isInScope = ({ resourceOwner }: IdentityProvider, owner: Aggregate): boolean =>
    owner.id === resourceOwner || resourceOwner === store.instanceId;
  return {
    getProviderByID: ({ id }: { id: string }, context: CallContext) => {
      const provider = readIdentityProvider(store, id);
      if (provider.resourceOwner !== findOwner(context).id) {
        throw providerNotFound(Code.NotFound, "QUERY-SAFrt");
      }
      return { idp: toProviderViewV1(store, provider) };
    },
    listProviders: ({ query, queries }: ListRequest, context: CallContext) => {
      const owner = findOwner(context);
      const found = [...store.identityProviders.values()].filter(
        (one) => isInScope(one, owner) && queries.every((each) => matchesProvider(store, one, each)),
      );
      // The server does not sort them.
      const page = toPage([...found.entries()], { ...WHOLE, ...query, asc: true }, ([index]) => index);
      const result = page.items.map(([, one]) => toProviderViewV1(store, one));
      return { details: toListDetailsV1(store, page), result };
    },
    addGenericOAuthProvider: add("oauth"),
    updateGenericOAuthProvider: update("oauth"),
    addGenericOIDCProvider: add("oidc"),
    updateGenericOIDCProvider: update("oidc"),
    migrateGenericOIDCProvider: async ({ id, template }: MigrationRequest, context: CallContext) => {
      if (template.case === undefined) return {};
      const kind = template.case === "azure" ? "azureAd" : "google";
      const input = await parseInput(template.value, missing(context, "add"));
      return {
        details: toAddDetailsV1(migrateIdentityProvider(store, findOwner(context), { id, kind }, input)),
      };
    },
    addJWTProvider: add("jwt"),
    updateJWTProvider: update("jwt"),
    addAzureADProvider: add("azureAd"),
    updateAzureADProvider: update("azureAd"),
    addGitHubProvider: add("github"),
    updateGitHubProvider: update("github"),
    addGitHubEnterpriseServerProvider: add("githubEs"),
    updateGitHubEnterpriseServerProvider: update("githubEs"),
    addGitLabProvider: add("gitlab"),
    updateGitLabProvider: update("gitlab"),
    addGitLabSelfHostedProvider: add("gitlabSelfHosted"),
    updateGitLabSelfHostedProvider: update("gitlabSelfHosted"),
    addGoogleProvider: add("google"),
    updateGoogleProvider: update("google"),
    addLDAPProvider: add("ldap"),
    updateLDAPProvider: update("ldap"),
    addAppleProvider: add("apple"),
    updateAppleProvider: update("apple"),
    addSAMLProvider: add("saml"),
    updateSAMLProvider: update("saml"),
    regenerateSAMLProviderCertificate: ({ id }: { id: string }, context: CallContext) => ({
      details: toChangeDetailsV1(renewCertificate(store, findOwner(context), id)),
    }),
    deleteProvider: ({ id }: { id: string }, context: CallContext) => ({
      details: toChangeDetailsV1(removeIdentityProvider(store, findOwner(context), id)),
    }),
  };
}

const WHOLE = { offset: 0n, limit: 0 };

/** The common fields of requests. All others are settings. */
interface ProviderRequest {
  readonly $typeName: string;
  readonly name: string;
  readonly providerOptions?: Options | undefined;
}

interface MigrationRequest {
  readonly id: string;
  readonly template: { case: "azure" | "google"; value: ProviderRequest } | { case: undefined };
}

interface ListRequest {
  readonly query?: ListQuery | undefined;
  readonly queries: readonly ProviderQuery[];
}

export interface ProviderQuery {
  readonly query:
    | { case: "idpIdQuery"; value: { id: string } }
    | { case: "idpNameQuery"; value: { name: string; method: number } }
    | { case: "ownerTypeQuery"; value: { ownerType: number } }
    | { case: undefined; value?: undefined };
}

const OWNED_BY_INSTANCE = 1;

/** Whether a provider matches a query. */
export function matchesProvider(store: Store, provider: IdentityProvider, { query }: ProviderQuery): boolean {
  switch (query.case) {
    case "idpIdQuery":
      return provider.id === query.value.id;
    case "idpNameQuery":
      return textMatches(provider.name, query.value.name, query.value.method);
    case "ownerTypeQuery":
      return (query.value.ownerType === OWNED_BY_INSTANCE) === (provider.resourceOwner === store.instanceId);
    default:
      throw zitadelError(Code.InvalidArgument, "ADMIN-Dr2aa", "List.Query.Invalid");
  }
}

/** Converts a request to the model's types. */
async function parseInput(request: ProviderRequest, missing: string): Promise<ProviderInput> {
  const { $typeName: _, name, providerOptions: given, ...rest } = request;
  const options = {
    isLinkingAllowed: given?.isLinkingAllowed ?? false,
    isCreationAllowed: given?.isCreationAllowed ?? false,
    isAutoCreation: given?.isAutoCreation ?? false,
    isAutoUpdate: given?.isAutoUpdate ?? false,
    autoLinking: given?.autoLinking ?? 0,
  };
  const settings: Record<string, ProviderSettings[string]> = {};
  for (const [key, value] of Object.entries(rest as Record<string, unknown>)) {
    if (key === "$unknown" || value === undefined) continue;
    if (key === "metadata") settings["metadataXml"] = await readMetadata(value as Metadata, missing);
    else settings[key] = toPlain(key, value);
  }
  if (request.$typeName.includes("AzureAD")) settings["tenant"] ??= TENANTS[0] ?? "";
  return { name, options, settings };
}

const TENANTS = ["common", "organizations", "consumers"];

type Tenant = {
  type: { case: "tenantType"; value: number } | { case: "tenantId"; value: string } | { case: undefined };
};

function toPlain(key: string, value: unknown): ProviderSettings[string] {
  if (key === "timeout") return durationMs(value as Duration);
  if (key === "attributes") {
    const { $typeName: _, $unknown: __, ...attributes } = value as Record<string, unknown>;
    return attributes as Record<string, string>;
  }
  if (key !== "tenant") return value as ProviderSettings[string];
  const { type } = value as Tenant;
  if (type.case === "tenantId") return type.value;
  return TENANTS[type.case === "tenantType" ? type.value : 0] ?? "common";
}
