import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ListQuery } from "../../../../gen/zitadel/object_pb.js";
import type { MembershipQuery, MembershipSchema } from "../../../../gen/zitadel/user_pb.js";
import { findAggregate } from "../../state/administrators.ts";
import type { Administrator } from "../../state/model/administrator.ts";
import type { Store } from "../../state/model/store.ts";
import { toObjectDetailsV1 } from "../details.ts";
import { type Matchers, matchesQueries, toListResponse } from "./lists.ts";

type View = MessageInitShape<typeof MembershipSchema>;

/** Lists the memberships of a user, on all levels. */
export function listMemberships(
  store: Store,
  userId: string,
  request: { readonly query?: ListQuery | undefined; readonly queries: readonly MembershipQuery[] },
) {
  const found = [...store.administrators.values()].filter(
    (one) => one.userId === userId && matchesQueries(one, request.queries, MATCHERS),
  );
  return toListResponse(store, request, found, { view: (one) => toMembershipView(store, one) });
}

const MATCHERS: Matchers<Administrator, MembershipQuery> = {
  iamQuery: ({ resource }, { iam }) => (resource.type === "instance") === iam,
  orgQuery: ({ resource }, { orgId }) =>
    resource.type === "organization" && resource.organizationId === orgId,
  projectQuery: ({ resource }, { projectId }) =>
    resource.type === "project" && resource.projectId === projectId,
  projectGrantQuery: ({ resource }, { projectGrantId }) =>
    resource.type === "projectGrant" && resource.projectGrantId === projectGrantId,
};

function toMembershipView(store: Store, administrator: Administrator): View {
  const { userId, roles, resource } = administrator;
  const { resourceOwner = "" } = findAggregate(store, resource) ?? {};
  const details = toObjectDetailsV1({ ...administrator, resourceOwner });
  const [displayName, type] = describe(store, resource);
  return { userId, details, roles: [...roles], displayName, type };
}

function describe(
  store: Store,
  resource: Administrator["resource"],
): [name: string, NonNullable<View["type"]>] {
  if (resource.type === "instance") return ["ZITADEL", { case: "iam", value: true }];
  if (resource.type === "organization") {
    const { organizationId: value } = resource;
    return [store.organizations.get(value)?.name ?? "", { case: "orgId", value }];
  }
  const name = store.projects.get(resource.projectId)?.name ?? "";
  if (resource.type === "project") return [name, { case: "projectId", value: resource.projectId }];
  return [name, { case: "projectGrantId", value: resource.projectGrantId }];
}
