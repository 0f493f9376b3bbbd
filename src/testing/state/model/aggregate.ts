/** How something has changed. */
export interface History {
  /** The number of the last event about it, among those of its object. */
  sequence: number;
  createdAt: number;
  changedAt: number;
}

/** What every stored object has: who owns it and how it has changed. */
export interface Aggregate extends History {
  /** The kind of object, as events name it: `user`, `org`. */
  readonly aggregateType: string;
  readonly id: string;
  /** The id of the organization, or of the instance, that the object belongs to. */
  readonly resourceOwner: string;
  /** What reads tell of its history: that of the last event that the server's projection of the object notices. */
  shown: { readonly sequence: number; readonly changedAt: number };
}

/** Whether an object does anything. Not of users, who can be locked as well. */
export type State = "active" | "inactive";
