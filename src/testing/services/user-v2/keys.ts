import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { isUserVisible } from "../../access/visibility.ts";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import { addKey, addPublicKey } from "../../state/credentials.ts";
import type { Store } from "../../state/model/store.ts";
import { writeEvents } from "../../state/store.ts";
import { limitedPageOf, pagination } from "../lists.ts";
import { credentialView, findCredentials } from "./credential-lists.ts";
import { writableMachine } from "./writable.ts";

/** Keys of machines. */
export function keyHandlers(store: Store): Handlers<typeof UserService> {
  return {
    addKey: async ({ userId, expirationDate, publicKey }) => {
      const { user, machine } = writableMachine(store, userId);
      const expiresAt = expirationDate === undefined ? undefined : timestampMs(expirationDate);
      if (publicKey.length > 0) {
        const own = addPublicKey(store, user, machine, Buffer.from(publicKey).toString(), expiresAt);
        return { keyId: own.id, creationDate: timestampFromMs(own.createdAt) };
      }
      const { key, keyFile } = await addKey(store, user, machine, expiresAt);
      const keyContent = Buffer.from(keyFile);
      return { keyId: key.id, keyContent, creationDate: timestampFromMs(key.createdAt) };
    },
    removeKey: ({ userId, keyId }) => {
      const { user, machine } = writableMachine(store, userId);
      if (!machine.keys.delete(keyId)) {
        throw zitadelError(Code.NotFound, "COMMAND-4m77G", "Machine key not found");
      }
      writeEvents(store, user, { type: "user.machine.key.removed", payload: { keyId } });
      return { deletionDate: timestampFromMs(user.changedAt) };
    },
    listKeys: ({ pagination: request, filters }, { caller }) => {
      const page = limitedPageOf(findCredentials(store, "keys", filters), request, ({ id }) => id);
      return {
        pagination: pagination(page),
        result: page.items.filter(({ user }) => isUserVisible(store, caller, user)).map(credentialView),
      };
    },
  };
}
