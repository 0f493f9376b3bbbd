import type { History } from "./aggregate.ts";

/** What a user can be an administrator of. */
export type AdministratedResource =
  | { readonly type: "instance" }
  | { readonly type: "organization"; readonly organizationId: string }
  | { readonly type: "project"; readonly projectId: string }
  | { readonly type: "projectGrant"; readonly projectId: string; readonly projectGrantId: string };

/** A user with Zitadel's own roles, such as ORG_OWNER. v1 calls it a member. */
export interface Administrator extends History {
  readonly userId: string;
  readonly resource: AdministratedResource;
  roles: readonly string[];
}
