import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { DetailsSchema } from "../../../gen/zitadel/object/v2/object_pb.js";
import type { ObjectDetailsSchema } from "../../../gen/zitadel/object_pb.js";
import type { Aggregate, History } from "../state/model/aggregate.ts";
import type { Store } from "../state/model/store.ts";

/** An object, or a part of one, of which reads show all changes. */
export type Owned = History & Pick<Aggregate, "resourceOwner"> & Partial<Pick<Aggregate, "shown">>;

/** What a write answers with. */
export function changeDetails(aggregate: Owned): MessageInitShape<typeof DetailsSchema> {
  return {
    sequence: BigInt(aggregate.sequence),
    changeDate: timestampFromMs(aggregate.changedAt),
    resourceOwner: aggregate.resourceOwner,
  };
}

/** What a read tells of an object, in v2. */
export function objectDetails(aggregate: Owned): MessageInitShape<typeof DetailsSchema> {
  const { sequence, changedAt } = aggregate.shown ?? aggregate;
  return {
    sequence: BigInt(sequence),
    changeDate: timestampFromMs(changedAt),
    resourceOwner: aggregate.resourceOwner,
    creationDate: timestampFromMs(aggregate.createdAt),
  };
}

/** What the creation of an object answers with, in v1. */
export function addDetailsV1(aggregate: Owned): MessageInitShape<typeof ObjectDetailsSchema> {
  return {
    sequence: BigInt(aggregate.sequence),
    creationDate: timestampFromMs(aggregate.changedAt),
    resourceOwner: aggregate.resourceOwner,
  };
}

/** What another write answers with, in v1. */
export function changeDetailsV1(aggregate: Owned): MessageInitShape<typeof ObjectDetailsSchema> {
  return {
    sequence: BigInt(aggregate.sequence),
    changeDate: timestampFromMs(aggregate.changedAt),
    resourceOwner: aggregate.resourceOwner,
  };
}

/** What a read tells of an object, in v1. */
export function objectDetailsV1(aggregate: Owned): MessageInitShape<typeof ObjectDetailsSchema> {
  const { sequence, changedAt } = aggregate.shown ?? aggregate;
  return {
    sequence: BigInt(sequence),
    changeDate: timestampFromMs(changedAt),
    creationDate: timestampFromMs(aggregate.createdAt),
    resourceOwner: aggregate.resourceOwner,
  };
}

/** When something was removed, as its event tells. Of what never was there is nothing to tell. */
export function removalDate(store: Store, aggregateId: string, type: string): Timestamp | undefined {
  const [removed] = store.events.find({ aggregateId, eventTypes: [type], asc: false, limit: 1 });
  return removed === undefined ? undefined : timestampFromMs(Math.floor(removed.at / 1_000));
}

/** The time that Go has for none, which some responses tell. */
export const NO_TIME = { seconds: -62_135_596_800n, nanos: 0 };
