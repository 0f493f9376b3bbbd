import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { DetailsSchema } from "../../../gen/zitadel/object/v2/object_pb.js";
import type { ObjectDetailsSchema } from "../../../gen/zitadel/object_pb.js";
import type { Aggregate } from "../state/model/aggregate.ts";

/** What a write answers with. */
export function changeDetails(aggregate: Aggregate): MessageInitShape<typeof DetailsSchema> {
  return {
    sequence: BigInt(aggregate.sequence),
    changeDate: timestampFromMs(aggregate.changedAt),
    resourceOwner: aggregate.resourceOwner,
  };
}

/** What a read tells of an object, in v2. */
export function objectDetails(aggregate: Aggregate): MessageInitShape<typeof DetailsSchema> {
  return {
    sequence: BigInt(aggregate.shown.sequence),
    changeDate: timestampFromMs(aggregate.shown.changedAt),
    resourceOwner: aggregate.resourceOwner,
    creationDate: timestampFromMs(aggregate.createdAt),
  };
}

/** What a write answers with, in v1. */
export function changeDetailsV1(aggregate: Aggregate): MessageInitShape<typeof ObjectDetailsSchema> {
  return {
    sequence: BigInt(aggregate.sequence),
    changeDate: timestampFromMs(aggregate.changedAt),
    creationDate: timestampFromMs(aggregate.createdAt),
    resourceOwner: aggregate.resourceOwner,
  };
}

/** What a read tells of an object, in v1. */
export function objectDetailsV1(aggregate: Aggregate): MessageInitShape<typeof ObjectDetailsSchema> {
  return {
    sequence: BigInt(aggregate.shown.sequence),
    changeDate: timestampFromMs(aggregate.shown.changedAt),
    creationDate: timestampFromMs(aggregate.createdAt),
    resourceOwner: aggregate.resourceOwner,
  };
}
