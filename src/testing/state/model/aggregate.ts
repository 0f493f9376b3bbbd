/** When something was created and last changed. */
export interface History {
  /** The sequence of the last event about it. Sequences number the events of its object. */
  sequence: number;
  createdAt: number;
  changedAt: number;
}

/** The common part of every stored object: its identity, owner and history. */
export interface Aggregate extends History {
  /** As in events, for example `user` or `org`. */
  readonly aggregateType: string;
  readonly id: string;
  /** The id of the organization or instance that owns the object. */
  readonly resourceOwner: string;
  /** The history that is visible in reads: as of the last event that the server's projection of the object handles. */
  shown: { readonly sequence: number; readonly changedAt: number };
}

/** The state of an object. Users have `UserState` instead. */
export type State = "active" | "inactive";
