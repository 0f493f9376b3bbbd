import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { DetailsSchema } from "../../../gen/zitadel/object/v2/object_pb.js";
import type { ObjectDetailsSchema } from "../../../gen/zitadel/object_pb.js";
import type { Aggregate, History } from "../state/model/aggregate.ts";
import type { Store } from "../state/model/store.ts";

/** The history and owner of an object or of a part of one. Without `shown`, reads show all changes. */
export type Owned = History & Pick<Aggregate, "resourceOwner"> & Partial<Pick<Aggregate, "shown">>;

/** The details in the response to a write. */
export function toChangeDetails(aggregate: Owned): MessageInitShape<typeof DetailsSchema> {
  return {
    sequence: BigInt(aggregate.sequence),
    changeDate: timestampFromMs(aggregate.changedAt),
    resourceOwner: aggregate.resourceOwner,
  };
}

/** The details of an object in v2. */
export function toObjectDetails(aggregate: Owned): MessageInitShape<typeof DetailsSchema> {
  const { sequence, changedAt } = aggregate.shown ?? aggregate;
  return {
    sequence: BigInt(sequence),
    changeDate: timestampFromMs(changedAt),
    resourceOwner: aggregate.resourceOwner,
    creationDate: timestampFromMs(aggregate.createdAt),
  };
}

/** The details in the response to a creation in v1. */
export function toAddDetailsV1(aggregate: Owned): MessageInitShape<typeof ObjectDetailsSchema> {
  return {
    sequence: BigInt(aggregate.sequence),
    creationDate: timestampFromMs(aggregate.changedAt),
    resourceOwner: aggregate.resourceOwner,
  };
}

/** The details in the response to another write in v1. */
export function toChangeDetailsV1(aggregate: Owned): MessageInitShape<typeof ObjectDetailsSchema> {
  return {
    sequence: BigInt(aggregate.sequence),
    changeDate: timestampFromMs(aggregate.changedAt),
    resourceOwner: aggregate.resourceOwner,
  };
}

/** The details of an object in v1. */
export function toObjectDetailsV1(aggregate: Owned): MessageInitShape<typeof ObjectDetailsSchema> {
  const { sequence, changedAt } = aggregate.shown ?? aggregate;
  return {
    sequence: BigInt(sequence),
    changeDate: timestampFromMs(changedAt),
    creationDate: timestampFromMs(aggregate.createdAt),
    resourceOwner: aggregate.resourceOwner,
  };
}

/** Finds out from its event when an object was removed. Undefined if it was not, or never existed. */
export function findRemovalDate(store: Store, aggregateId: string, type: string): Timestamp | undefined {
  const removed = store.events.findLast({ aggregateId, eventTypes: [type] });
  return removed === undefined ? undefined : timestampFromMs(Math.floor(removed.at / 1_000));
}

/** Go's zero time, which some responses contain. */
export const NO_TIME = { seconds: -62_135_596_800n, nanos: 0 };
