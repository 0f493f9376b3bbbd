import { Code, ConnectError } from "@connectrpc/connect";
import type { SystemService } from "../../../gen/zitadel/system_pb.js";
import type { Handlers } from "../handlers.ts";
import type { Store } from "../state/model/store.ts";

/** zitadel.system.v1.SystemService: the view of the server, which has one instance here. */
export function systemV1(store: Store): Handlers<typeof SystemService> {
  return {
    // The server declares it and serves it not.
    healthz: () => {
      throw new ConnectError("method Healthz not implemented", Code.Unimplemented);
    },
    listInstances: ({ sortingColumn }) => ({
      details: { totalResult: 1n },
      sortingColumn,
      result: [{ id: store.instanceId, name: "ZITADEL" }],
    }),
  };
}
