import type { AuthService } from "../../../gen/zitadel/auth_pb.js";
import type { Handlers } from "../handlers.ts";
import { LANGUAGES } from "../state/languages.ts";
import type { Store } from "../state/model/store.ts";
import { readUser } from "../state/users.ts";
import { findChanges } from "./events-v1.ts";
import { ownMemberHandlersV1 } from "./members-v1.ts";
import { userViewV1 } from "./views-v1.ts";

/** zitadel.auth.v1.AuthService: the view of the caller. */
export function authV1(store: Store): Handlers<typeof AuthService> {
  return {
    ...ownMemberHandlersV1(store),
    healthz: () => ({}),
    getSupportedLanguages: () => ({ languages: LANGUAGES }),
    listMyUserChanges: ({ query }, { caller }) => ({
      result: findChanges(store, { aggregateTypes: ["user"], aggregateId: caller?.userId ?? "" }, query),
    }),
    getMyUser: (_, { caller }) => ({ user: userViewV1(readUser(store, caller?.userId ?? "")) }),
  };
}
