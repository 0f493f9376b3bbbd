import type { ListQuery } from "../../../gen/zitadel/object_pb.js";
import type { CallContext } from "../handlers.ts";
import {
  addLoginFactor,
  addLoginProvider,
  removeLoginFactor,
  removeLoginProvider,
} from "../state/login-policy.ts";
import type { History } from "../state/model/aggregate.ts";
import type { PolicyValues } from "../state/model/policy.ts";
import type { Store } from "../state/model/store.ts";
import { findPolicy } from "../state/policies.ts";
import { toAddDetailsV1, toChangeDetailsV1 } from "./details.ts";
import { toPage } from "./lists.ts";
import { getProviderName } from "./provider-views.ts";
import type { FindOwner } from "./providers-v1.ts";
import { toListDetailsV1 } from "./views-v1.ts";

/** The factors and providers in the login settings, in the admin and management services of v1. */
export function createLoginPolicyV1(store: Store, findOwner: FindOwner) {
  type Change = (owner: ReturnType<FindOwner>) => History;
  const added = (context: CallContext, change: Change) => {
    const owner = findOwner(context);
    return { details: toAddDetailsV1({ ...change(owner), resourceOwner: owner.id }) };
  };
  const removed = (context: CallContext, change: Change) => {
    const owner = findOwner(context);
    return { details: toChangeDetailsV1({ ...change(owner), resourceOwner: owner.id }) };
  };
  const listFactors = (list: "secondFactors" | "multiFactors") => (_: object, context: CallContext) => {
    const result = [...findPolicy(store, "login", findOwner(context).id).values[list]];
    const total = BigInt(result.length);
    return { details: toListDetailsV1(store, { items: result, total, limit: 0 }), result };
  };
  return {
    addIDPToLoginPolicy: ({ idpId }: { idpId: string }, context: CallContext) =>
      added(context, (owner) => addLoginProvider(store, owner, idpId)),
    removeIDPFromLoginPolicy: ({ idpId }: { idpId: string }, context: CallContext) =>
      removed(context, (owner) => removeLoginProvider(store, owner, idpId)),
    listLoginPolicyIDPs: ({ query }: { query?: ListQuery | undefined }, context: CallContext) => {
      const { values } = findPolicy(store, "login", findOwner(context).id);
      const page = toPage(listLoginProviders(store, values), query, ({ idpId }) => idpId);
      return { details: toListDetailsV1(store, page), result: [...page.items] };
    },
    listLoginPolicySecondFactors: listFactors("secondFactors"),
    addSecondFactorToLoginPolicy: ({ type }: { type: number }, context: CallContext) =>
      added(context, (owner) => addLoginFactor(store, owner, "secondFactors", type)),
    removeSecondFactorFromLoginPolicy: ({ type }: { type: number }, context: CallContext) =>
      removed(context, (owner) => removeLoginFactor(store, owner, "secondFactors", type)),
    listLoginPolicyMultiFactors: listFactors("multiFactors"),
    addMultiFactorToLoginPolicy: ({ type }: { type: number }, context: CallContext) =>
      added(context, (owner) => addLoginFactor(store, owner, "multiFactors", type)),
    removeMultiFactorFromLoginPolicy: ({ type }: { type: number }, context: CallContext) =>
      removed(context, (owner) => removeLoginFactor(store, owner, "multiFactors", type)),
  };
}

/** The identity providers in the login settings, as v1 shows them. */
export function listLoginProviders(
  store: Store,
  { identityProviders }: Pick<PolicyValues["login"], "identityProviders">,
) {
  const providers = identityProviders.flatMap((id) => store.identityProviders.get(id) ?? []);
  return providers.map((one) => ({
    idpId: one.id,
    idpName: getProviderName(one),
    idpType: LINK_TYPE[one.kind] ?? 0,
  }));
}

/** The type numbers of links to providers. Links show only these kinds. */
export const LINK_TYPE: Readonly<Record<string, number>> = { oidc: 1, jwt: 3 };
