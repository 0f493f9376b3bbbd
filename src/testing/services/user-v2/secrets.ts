import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import { addSecret } from "../../state/credentials.ts";
import type { Store } from "../../state/model/store.ts";
import { writeEvents } from "../../state/store.ts";
import { writableMachine } from "./writable.ts";

/** Client secrets of machines. */
export function secretHandlers(store: Store): Handlers<typeof UserService> {
  return {
    addSecret: ({ userId }) => {
      const { user, machine } = writableMachine(store, userId);
      const clientSecret = addSecret(store, user, machine);
      return { clientSecret, creationDate: timestampFromMs(user.changedAt) };
    },
    removeSecret: ({ userId }) => {
      const { user, machine } = writableMachine(store, userId);
      if (machine.secret === undefined) {
        throw zitadelError(Code.FailedPrecondition, "COMMAND-coi82n", "Secret doesn't exist");
      }
      machine.secret = undefined;
      writeEvents(store, user, { type: "user.machine.secret.removed" });
      return { deletionDate: timestampFromMs(user.changedAt) };
    },
  };
}
