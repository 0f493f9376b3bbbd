import type { SystemService } from "../../../gen/zitadel/system_pb.js";
import type { Handlers } from "../handlers.ts";
import type { Store } from "../state/model/store.ts";

/** zitadel.system.v1.SystemService: the view of the server, which has one instance here. */
export function systemV1(store: Store): Handlers<typeof SystemService> {
  return {
    healthz: () => ({}),
    listInstances: ({ sortingColumn }) => ({
      details: { totalResult: 1n },
      sortingColumn,
      result: [{ id: store.instanceId, name: "ZITADEL" }],
    }),
  };
}
