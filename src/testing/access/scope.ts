import type { Store } from "../state/model/store.ts";

/** What a permission must cover. */
export interface Scope {
  readonly organizationId: string;
  /** The project or project grant, whose own administrators may do it too. */
  readonly resourceId?: string | undefined;
  /** A user who needs no permission, since it concerns themself. */
  readonly self?: string | undefined;
}

/** A request, with the fields that matter here. */
export type Request = Readonly<Record<string, unknown>>;

/** Where an RPC needs its permission; undefined if the object is unknown, which the server checks first. */
export type FindScope = (store: Store, request: Request) => Scope | undefined;

/** What an RPC needs, and where. */
export type Rule = readonly [permission: string, scope: FindScope];
