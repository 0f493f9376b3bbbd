import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import type { Handlers } from "../../handlers.ts";
import type { Store } from "../../state/model/store.ts";
import { checkPassword, newPassword } from "../../state/passwords.ts";
import { writeEvents } from "../../state/store.ts";
import { passwordChanged } from "../../state/user-events.ts";
import { changeDetails } from "../details.ts";
import { writableHuman } from "./writable.ts";

/** Passwords of humans. */
export function passwordHandlers(store: Store): Handlers<typeof UserService> {
  return {
    setPassword: ({ userId, newPassword: wanted, verification }) => {
      const { user, human } = writableHuman(store, userId);
      if (verification.case === "currentPassword") checkPassword(store, user, verification.value);
      human.password = newPassword(store, wanted?.password ?? "", wanted?.changeRequired ?? false);
      writeEvents(store, user, passwordChanged(human.password.changeRequired));
      return { details: changeDetails(user) };
    },
  };
}
