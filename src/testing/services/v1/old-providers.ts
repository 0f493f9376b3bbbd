import type { MessageInitShape } from "@bufbuild/protobuf";
import { IDPFieldName, IDPOwnerType, type IDPSchema, IDPState } from "../../../../gen/zitadel/idp_pb.js";
import type { CallContext } from "../../handlers.ts";
import type { ProviderSettings } from "../../state/model/identity-provider.ts";
import type { Store } from "../../state/model/store.ts";
import {
  addOldProvider,
  changeOldProvider,
  changeOldSettings,
  isOldProvider,
  type Mappings,
  type OldIdentityProvider,
  type OldProviderInput,
  readOldProvider,
  removeOldProvider,
  setOldProviderState,
} from "../../state/old-identity-providers.ts";
import { toAddDetailsV1, toChangeDetailsV1, toObjectDetailsV1 } from "../details.ts";
import type { PageRequest } from "../lists.ts";
import { type FindOwner, matchesProvider, type ProviderQuery } from "../providers-v1.ts";
import { toListResponse } from "./lists.ts";

interface ListRequest {
  readonly query?: PageRequest | undefined;
  readonly sortingColumn: IDPFieldName;
  readonly queries: readonly ProviderQuery[];
}

interface OidcRequest {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly issuer: string;
  readonly scopes: readonly string[];
  readonly displayNameMapping: number;
  readonly usernameMapping: number;
}

interface JwtRequest {
  readonly jwtEndpoint: string;
  readonly issuer: string;
  readonly keysEndpoint: string;
  readonly headerName: string;
}

/** The RPCs for the oldest kind of identity providers, by their names in the admin service without `IDP`. */
function createOldProviderRpcs(store: Store, findOwner: FindOwner) {
  const add = (
    kind: "oidc" | "jwt",
    values: { input: OldProviderInput; settings: ProviderSettings; mappings: Mappings },
    context: CallContext,
  ) => {
    const provider = addOldProvider(store, findOwner(context), kind, values);
    // The server returns the sequence of the first event that its model handles.
    const sequence = provider.sequence - (kind === "jwt" ? 1 : 0);
    return { idpId: provider.id, details: toAddDetailsV1({ ...provider, sequence }) };
  };
  const setState = (state: "active" | "inactive") => (request: { idpId: string }, context: CallContext) => {
    const owner = findOwner(context);
    const old = setOldProviderState(store, owner, request.idpId, state);
    return { details: toChangeDetailsV1({ ...old, resourceOwner: owner.id }) };
  };
  return {
    get: ({ id }: { id: string }, context: CallContext) => {
      const provider = readOldProvider(store, findOwner(context), id);
      return { idp: toIdpView(store, provider) };
    },
    list: (request: ListRequest, context: CallContext) => {
      const owner = findOwner(context);
      const found = [...store.identityProviders.values()]
        .filter(isOldProvider)
        .filter(({ resourceOwner }) => resourceOwner === owner.id || resourceOwner === store.instanceId)
        .filter((one) => request.queries.every((each) => matchesProvider(store, one, each)));
      const view = (one: OldIdentityProvider) => toIdpView(store, one);
      return request.sortingColumn === IDPFieldName.IDP_FIELD_NAME_NAME
        ? toListResponse(store, request, found, { view, sortKey: ({ name }) => name.toLowerCase() })
        : toListResponse(store, request, found, { view });
    },
    addOidc: (request: OldProviderInput & OidcRequest, context: CallContext) =>
      add("oidc", { input: request, ...toOidcSettings(request) }, context),
    addJwt: (request: OldProviderInput & JwtRequest, context: CallContext) =>
      add("jwt", { input: request, settings: toJwtSettings(request), mappings: {} }, context),
    update: ({ idpId, ...input }: OldProviderInput & { idpId: string }, context: CallContext) => ({
      details: toChangeDetailsV1(changeOldProvider(store, findOwner(context), idpId, input)),
    }),
    updateOidc: ({ idpId: id, ...request }: OidcRequest & { idpId: string }, context: CallContext) => {
      const settings = toOidcSettings(request);
      const changed = changeOldSettings(store, findOwner(context), { id, kind: "oidc" }, settings);
      return { details: toChangeDetailsV1(changed) };
    },
    updateJwt: ({ idpId: id, ...request }: JwtRequest & { idpId: string }, context: CallContext) => {
      const settings = { settings: toJwtSettings(request), mappings: {} };
      const changed = changeOldSettings(store, findOwner(context), { id, kind: "jwt" }, settings);
      return { details: toChangeDetailsV1(changed) };
    },
    deactivate: setState("inactive"),
    reactivate: setState("active"),
  };
}

/** In zitadel.admin.v1.AdminService. */
export function createOldProvidersAdminV1(store: Store) {
  const rpcs = createOldProviderRpcs(store, () => store.instance);
  return {
    getIDPByID: (request: { id: string }, context: CallContext) => {
      const { idp } = rpcs.get(request, context);
      // The server mixes up some fields.
      const details = { ...idp.details, resourceOwner: request.id };
      const { config } = idp;
      if (config?.case !== "jwtConfig") return { idp: { ...idp, details } };
      return { idp: { ...idp, details, config: { ...config, value: { ...config.value, headerName: "" } } } };
    },
    listIDPs: rpcs.list,
    addOIDCIDP: rpcs.addOidc,
    addJWTIDP: rpcs.addJwt,
    updateIDP: rpcs.update,
    updateIDPOIDCConfig: rpcs.updateOidc,
    updateIDPJWTConfig: rpcs.updateJwt,
    deactivateIDP: rpcs.deactivate,
    reactivateIDP: rpcs.reactivate,
    removeIDP: ({ idpId }: { idpId: string }) => {
      const old = removeOldProvider(store, store.instance, idpId);
      return { details: toChangeDetailsV1({ ...old, resourceOwner: store.instanceId }) };
    },
  };
}

/** In zitadel.management.v1.ManagementService. */
export function createOldProvidersManagementV1(store: Store, findOwner: FindOwner) {
  const rpcs = createOldProviderRpcs(store, findOwner);
  return {
    getOrgIDPByID: rpcs.get,
    listOrgIDPs: rpcs.list,
    addOrgOIDCIDP: rpcs.addOidc,
    addOrgJWTIDP: rpcs.addJwt,
    updateOrgIDP: rpcs.update,
    updateOrgIDPOIDCConfig: rpcs.updateOidc,
    updateOrgIDPJWTConfig: rpcs.updateJwt,
    deactivateOrgIDP: rpcs.deactivate,
    reactivateOrgIDP: rpcs.reactivate,
    removeOrgIDP: ({ idpId }: { idpId: string }, context: CallContext) => {
      const owner = findOwner(context);
      readOldProvider(store, owner, idpId);
      removeOldProvider(store, owner, idpId);
      return {};
    },
  };
}

function toOidcSettings(request: OidcRequest): { settings: ProviderSettings; mappings: Mappings } {
  const { clientId, clientSecret, issuer, scopes, displayNameMapping, usernameMapping } = request;
  return {
    settings: { issuer, clientId, clientSecret, scopes: [...scopes] },
    mappings: { displayNameMapping, usernameMapping },
  };
}

function toJwtSettings({ jwtEndpoint, issuer, keysEndpoint, headerName }: JwtRequest): ProviderSettings {
  return { jwtEndpoint, issuer, keysEndpoint, headerName };
}

function toIdpView(store: Store, provider: OldIdentityProvider) {
  const { id, old, name, resourceOwner, options } = provider;
  return {
    id,
    details: toObjectDetailsV1({ ...old, resourceOwner }),
    state: old.state === "active" ? IDPState.IDP_STATE_ACTIVE : IDPState.IDP_STATE_INACTIVE,
    name,
    stylingType: old.stylingType,
    owner:
      resourceOwner === store.instanceId
        ? IDPOwnerType.IDP_OWNER_TYPE_SYSTEM
        : IDPOwnerType.IDP_OWNER_TYPE_ORG,
    autoRegister: options.isAutoCreation,
    config: toConfigView(provider),
  };
}

function toConfigView({
  kind,
  settings,
  old,
}: OldIdentityProvider): MessageInitShape<typeof IDPSchema>["config"] {
  // The settings are those that the RPCs above wrote.
  if (kind === "jwt") return { case: "jwtConfig", value: settings as unknown as JwtRequest };
  const { clientId, issuer, scopes } = settings as unknown as OidcRequest;
  const { displayNameMapping = 0, usernameMapping = 0 } = old;
  return {
    case: "oidcConfig",
    value: { clientId, issuer, scopes: [...scopes], displayNameMapping, usernameMapping },
  };
}
