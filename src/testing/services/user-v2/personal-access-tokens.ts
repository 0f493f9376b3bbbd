import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { isUserVisible } from "../../access/visibility.ts";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import { addPersonalAccessToken } from "../../state/credentials.ts";
import type { Store } from "../../state/model/store.ts";
import { writeEvents } from "../../state/store.ts";
import { limitedPageOf, pagination } from "../lists.ts";
import { credentialView, findCredentials } from "./credential-lists.ts";
import { writableMachine } from "./writable.ts";

/** Personal access tokens of machines. */
export function patHandlers(store: Store): Handlers<typeof UserService> {
  return {
    addPersonalAccessToken: ({ userId, expirationDate }) => {
      const { user, machine } = writableMachine(store, userId);
      const expiresAt = expirationDate === undefined ? undefined : timestampMs(expirationDate);
      const { id, token, createdAt } = addPersonalAccessToken(store, user, machine, expiresAt);
      return { tokenId: id, token, creationDate: timestampFromMs(createdAt) };
    },
    removePersonalAccessToken: ({ userId, tokenId }) => {
      const { user, machine } = writableMachine(store, userId);
      const pat = machine.tokens.get(tokenId);
      if (pat === undefined)
        throw zitadelError(Code.NotFound, "COMMAND-4m77G", "Personal access token not found");
      machine.tokens.delete(tokenId);
      store.tokens.delete(pat.token);
      writeEvents(store, user, { type: "user.pat.removed", payload: { tokenId } });
      return { deletionDate: timestampFromMs(user.changedAt) };
    },
    listPersonalAccessTokens: ({ pagination: request, filters }, { caller }) => {
      const page = limitedPageOf(findCredentials(store, "tokens", filters), request, ({ id }) => id);
      return {
        pagination: pagination(page),
        result: page.items.filter(({ user }) => isUserVisible(store, caller, user)).map(credentialView),
      };
    },
  };
}
