import type { Store } from "../state/model/store.ts";

/** What a permission is needed for. */
export interface Scope {
  readonly organizationId: string;
  /** The project, or the project grant, that administrators of just that may do it in. */
  readonly resourceId?: string | undefined;
  /** A user who may do it without the permission: to themself. */
  readonly self?: string | undefined;
}

/** A request, of which only some fields matter here. */
export type Request = Readonly<Record<string, unknown>>;

/** Where an RPC needs its permission; undefined where the object is unknown, which the server finds out before. */
export type FindScope = (store: Store, request: Request) => Scope | undefined;

/** What an RPC needs, and where. */
export type Rule = readonly [permission: string, scope: FindScope];
