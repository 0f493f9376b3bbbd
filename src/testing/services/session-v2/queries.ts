import type { SearchQuery } from "../../../../gen/zitadel/session/v2/session_pb.js";
import type { Session } from "../../state/model/session.ts";
import { timeMatches } from "../matching.ts";

/** Whether a session fulfils a condition. */
export function sessionMatches(session: Session, { query }: SearchQuery): boolean {
  switch (query.case) {
    case "idsQuery":
      return query.value.ids.includes(session.id);
    case "userIdQuery":
      return session.user?.userId === query.value.id;
    case "creatorQuery":
      return query.value.id === undefined || session.creatorId === query.value.id;
    case "creationDateQuery":
      return timeMatches(session.createdAt, query.value.creationDate, query.value.method);
    default:
      return true;
  }
}
