import { Code } from "@connectrpc/connect";
import { SessionFieldName } from "../../../../gen/zitadel/session/v2/session_pb.js";
import type { SessionService } from "../../../../gen/zitadel/session/v2/session_service_pb.js";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import type { Store } from "../../state/model/store.ts";
import { endSession, findSession, newSession } from "../../state/sessions.ts";
import { changeDetails } from "../details.ts";
import { listDetails, pageOf } from "../lists.ts";
import { applyChange } from "./change.ts";
import { sessionMatches } from "./queries.ts";
import { sessionView } from "./view.ts";

/** zitadel.session.v2.SessionService */
export function sessionV2(store: Store): Handlers<typeof SessionService> {
  return {
    createSession: (request, { caller }) => {
      const session = newSession(store, caller?.userId ?? "");
      const sessionToken = applyChange(store, session, request);
      store.sessions.set(session.id, session);
      return { details: changeDetails(session), sessionId: session.id, sessionToken };
    },
    setSession: (request) => {
      const session = findSession(store, request.sessionId);
      const sessionToken = applyChange(store, session, request);
      return { details: changeDetails(session), sessionToken };
    },
    getSession: ({ sessionId, sessionToken }) => {
      const session = findSession(store, sessionId);
      if (sessionToken !== undefined && sessionToken !== "" && sessionToken !== session.token) {
        throw zitadelError(Code.PermissionDenied, "COMMAND-sGr42", "Session Token is invalid");
      }
      return { session: sessionView(store, session) };
    },
    listSessions: ({ query, queries, sortingColumn }) => {
      const found = [...store.sessions.values()].filter((one) =>
        queries.every((two) => sessionMatches(one, two)),
      );
      const byDate = sortingColumn === SessionFieldName.CREATION_DATE;
      const page = pageOf(found, query, ({ id, createdAt }) => (byDate ? createdAt : id));
      return {
        details: listDetails(store, page),
        sessions: page.items.map((session) => sessionView(store, session)),
      };
    },
    deleteSession: ({ sessionId }) => {
      const session = findSession(store, sessionId);
      endSession(store, session);
      return { details: changeDetails(session) };
    },
  };
}
