import type { DescMethodUnary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorDetailSchema } from "../../gen/zitadel/message_pb.js";
import type { AnyHandler } from "./handlers.ts";
import type { LoggedEvent } from "./state/event-log.ts";
import type { Store } from "./state/model/store.ts";
import type { Projections } from "./state/projections.ts";
import { restoreStore, saveStore } from "./state/snapshot.ts";

type FindHandler = (method: DescMethodUnary) => Promise<AnyHandler | undefined>;

/** The RPCs that read a projection: all searches, and those that get a single application. */
const SEARCH = /^(List|Search|GetApplication$|GetAppByID$)/;

/** Makes searches read from projections, and all other RPCs from the store. */
export function withLag(projections: Projections, now: FindHandler, late: FindHandler): FindHandler {
  return async (method) => {
    if (SEARCH.test(method.name)) {
      const handler = await late(method);
      return (
        handler &&
        ((request, context) => {
          projections.catchUp();
          return handler(request, context);
        })
      );
    }
    const handler = await now(method);
    return (
      handler &&
      (async (request, context) => {
        try {
          return await handler(request, context);
        } finally {
          projections.catchUp();
        }
      })
    );
  };
}

/** Which writes fail with a conflict. */
export interface Conflicts {
  /** The share of writes to existing objects. */
  readonly share: number;
  random(): number;
  /** Calls `note` with each event while `run` runs. */
  observe<T>(note: (event: LoggedEvent) => void, run: () => Promise<T>): Promise<T>;
}

/**
 * Lets a share of the writes to existing objects fail as if another write had committed first: they are rolled back.
 */
export function withConflicts(store: Store, conflicts: Conflicts, find: FindHandler): FindHandler {
  return async (method) => {
    const handler = await find(method);
    if (handler === undefined || /^(Get|List|Search)/.test(method.name)) return handler;
    return async (request, context) => {
      const before = saveStore(store);
      let isChange = false;
      const response = await conflicts.observe(
        ({ sequence, aggregateId }) => {
          isChange ||= sequence > 1 && before.events.events.some((one) => one.aggregateId === aggregateId);
        },
        async () => await handler(request, context),
      );
      if (!isChange || conflicts.random() >= conflicts.share) return response;
      restoreStore(store, before);
      throw conflict();
    };
  };
}

function conflict(): ConnectError {
  const message =
    'integrity violation of type "unique" on "events2" (constraint: "events2_pkey"): ' +
    'ERROR: duplicate key value violates unique constraint "events2_pkey" (SQLSTATE 23505) ()';
  return new ConnectError(message, Code.Unknown, undefined, [
    { desc: ErrorDetailSchema, value: { id: "", message: message.replace(/ \(\)$/, "") } },
  ]);
}
