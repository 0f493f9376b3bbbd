import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { AdminService } from "../../../../gen/zitadel/admin_pb.js";
import { type MilestoneQuery, MilestoneType } from "../../../../gen/zitadel/milestone/v1/milestone_pb.js";
import type { Handlers } from "../../handlers.ts";
import { AGGREGATE_TYPES, listEventTypes } from "../../state/event-types.ts";
import type { Store } from "../../state/model/store.ts";
import { findEvents, toLocalized } from "../events-v1.ts";
import { type Matchers, matchesQueries, toListResponse } from "./lists.ts";

/** Events, views and milestones of the instance. */
export function createAdminEventsV1(store: Store): Handlers<typeof AdminService> {
  return {
    listEvents: (request) => ({ events: findEvents(store, request) }),
    listEventTypes: () => ({
      eventTypes: listEventTypes().map((type) => ({ type, localized: toLocalized("EventTypes", type) })),
    }),
    listAggregateTypes: () => ({
      aggregateTypes: AGGREGATE_TYPES.map((type) => ({
        type,
        localized: toLocalized("AggregateTypes", type),
      })),
    }),
    listViews: () => ({ result: listViews(store) }),
    // Here, writes are visible at once and never fail.
    listFailedEvents: () => ({}),
    removeFailedEvent: () => ({}),
    listMilestones: (request) => {
      const reached = MILESTONES.map(({ type, event }) => ({ type, at: findFirstTime(store, event) }));
      const found = reached.filter((one) => matchesQueries(one, request.queries, MATCHERS));
      const view = ({ type, at }: Milestone) =>
        at === undefined ? { type } : { type, reachedDate: timestampFromMs(at) };
      return toListResponse(store, request, found, { view });
    },
  };
}

/** The server's views that have a counterpart here, and the aggregate type that each shows. */
const VIEWS = {
  "projections.orgs1": "org",
  "projections.users14": "user",
  "projections.projects4": "project",
  "projections.user_grants5": "usergrant",
  "projections.sessions8": "session",
  "projections.targets2": "target",
  "projections.executions1": "execution",
  "projections.actions3": "action",
  "projections.instances": "instance",
} as const;

/** Lists the views, all of which are up to date. */
export function listViews(store: Store) {
  return Object.entries(VIEWS).flatMap(([viewName, aggregateType]) => {
    const last = store.events.findLast({ aggregateTypes: [aggregateType] });
    if (last === undefined) return [];
    const time = timestampFromMs(Math.floor(last.at / 1_000));
    return [
      {
        database: "zitadel",
        viewName,
        processedSequence: BigInt(last.sequence),
        eventTimestamp: time,
        lastSuccessfulSpoolerRun: timestampFromMs(store.now()),
      },
    ];
  });
}

interface Milestone {
  readonly type: MilestoneType;
  readonly at: number | undefined;
}

/** The milestones, each with the type of the event by which it is reached. */
const MILESTONES = [
  { type: MilestoneType.INSTANCE_CREATED, event: "org.added" },
  { type: MilestoneType.AUTHENTICATION_SUCCEEDED_ON_INSTANCE, event: "session.user.checked" },
  { type: MilestoneType.PROJECT_CREATED, event: "project.added" },
  { type: MilestoneType.APPLICATION_CREATED, event: "project.application.added" },
  { type: MilestoneType.AUTHENTICATION_SUCCEEDED_ON_APPLICATION, event: "oidc_session.added" },
  { type: MilestoneType.INSTANCE_DELETED, event: "instance.removed" },
] as const;

const MATCHERS: Matchers<Milestone, MilestoneQuery> = {
  isReachedQuery: ({ at }, { reached }) => (at !== undefined) === reached,
};

/** Finds the time of the first event of a type, in milliseconds since the epoch. */
function findFirstTime(store: Store, type: string): number | undefined {
  const [first] = store.events.find({ eventTypes: [type], asc: true, limit: 1 });
  return first && Math.floor(first.at / 1_000);
}
