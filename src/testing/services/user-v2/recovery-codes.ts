import { Code } from "@connectrpc/connect";
import { zitadelError } from "../../errors.ts";
import { requireUserHistory } from "../../state/auth-methods.ts";
import type { Store } from "../../state/model/store.ts";
import { addRecoveryCodes, removeRecoveryCodes, toRecoveryHistory } from "../../state/recovery-codes.ts";
import { toChangeDetails } from "../details.ts";
import type { NewerHandlers } from "../newer.ts";

interface OfUser {
  readonly userId: string;
}

/** RPCs for recovery codes. The responses have the details from before the change. */
export function createRecoveryCodeHandlers(store: Store): NewerHandlers {
  return {
    generateRecoveryCodes: ({ userId, count }: OfUser & { readonly count: number }) => {
      const user = store.users.get(userId);
      if (user === undefined) {
        throw zitadelError(Code.FailedPrecondition, "COMMAND-uXHNj", "User could not be found");
      }
      const details = toChangeDetails(toRecoveryHistory(store, user));
      return { details, recoveryCodes: addRecoveryCodes(store, user, count) };
    },
    removeRecoveryCodes: ({ userId }: OfUser) => {
      const user = requireUserHistory(store, userId);
      const details = toChangeDetails(toRecoveryHistory(store, user));
      removeRecoveryCodes(store, user);
      return { details };
    },
  };
}
