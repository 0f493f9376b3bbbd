import { isIP } from "node:net";
import { Code } from "@connectrpc/connect";
import type { UserAgent } from "../../../../gen/zitadel/session/v2/session_pb.js";
import type { SessionService } from "../../../../gen/zitadel/session/v2/session_service_pb.js";
import { checkPermission } from "../../access/permissions.ts";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import type { SessionUserAgent } from "../../state/model/session.ts";
import type { Store } from "../../state/model/store.ts";
import { endSession, newSession } from "../../state/sessions.ts";
import { toChangeDetails } from "../details.ts";
import { changeSession } from "./change.ts";
import { createReadHandlers } from "./reads.ts";

/** zitadel.session.v2.SessionService */
export function createSessionV2(store: Store): Handlers<typeof SessionService> {
  return {
    ...createReadHandlers(store),
    createSession: ({ userAgent, ...request }, { caller }) => {
      const creation = { creatorId: caller?.userId ?? "", userAgent: toUserAgent(userAgent) };
      const session = newSession(store, store.newId(), creation);
      const { token, challenges } = changeSession(store, session, request, { caller, isNew: true });
      return {
        details: toChangeDetails(session),
        sessionId: session.id,
        sessionToken: token ?? "",
        ...(challenges === undefined ? {} : { challenges }),
      };
    },
    setSession: (request, { caller }) => {
      const session =
        store.sessions.get(request.sessionId) ?? newSession(store, request.sessionId, undefined);
      const { token = "", challenges } = changeSession(store, session, request, { caller, isNew: false });
      return {
        details: session.sequence === 0 ? {} : toChangeDetails(session),
        sessionToken: token,
        ...(challenges === undefined ? {} : { challenges }),
      };
    },
    deleteSession: ({ sessionId, sessionToken = "" }, { caller }) => {
      const session = store.sessions.get(sessionId);
      if (sessionToken !== "" && sessionToken !== session?.token) {
        throw zitadelError(Code.PermissionDenied, "COMMAND-sGr42", "Session Token is invalid");
      }
      if (sessionToken === "") {
        const { resourceOwner: organizationId = "", userId: self } = session?.user ?? {};
        checkPermission(store, caller?.userId ?? "", "session.delete", { organizationId, self });
      }
      if (session === undefined) return { details: {} };
      if (session.state === "active") endSession(store, session);
      return { details: toChangeDetails(session) };
    },
  };
}

/** Reads the user agent of a request. Invalid IP addresses and empty user agents are omitted. */
function toUserAgent(userAgent: UserAgent | undefined): SessionUserAgent | undefined {
  if (userAgent === undefined) return undefined;
  const { fingerprintId, description, ip = "" } = userAgent;
  const header = Object.entries(userAgent.header).map(([name, { values }]) => [
    name,
    { values: [...values] },
  ]);
  const known = { fingerprintId, description, ip: isIP(ip) === 0 ? undefined : ip };
  if (header.length === 0 && Object.values(known).every((one) => one === undefined)) return undefined;
  return { ...known, header: Object.fromEntries(header) };
}
