import type { Store } from "../state/model/store.ts";

/** What a permission is required for. */
export interface Scope {
  readonly organizationId: string;
  /** The project or project grant, whose administrators can have the permission too. */
  readonly resourceId?: string | undefined;
  /** The user that the call is about, who does not need the permission. */
  readonly self?: string | undefined;
}

/** The fields of a request. */
export type Request = Readonly<Record<string, unknown>>;

/** Finds the scope of an RPC's permission. Undefined if the object is unknown, which the server checks first. */
export type FindScope = (store: Store, request: Request) => Scope | undefined;

/** The permission that an RPC requires, and its scope. */
export type Rule = readonly [permission: string, scope: FindScope];
