/** What every stored object has: who owns it and how it has changed. */
export interface Aggregate {
  /** The kind of object, as events name it: `user`, `org`. */
  readonly aggregateType: string;
  readonly id: string;
  /** The id of the organization, or of the instance, that the object belongs to. */
  readonly resourceOwner: string;
  /** The number of events so far. */
  sequence: number;
  createdAt: number;
  changedAt: number;
}
