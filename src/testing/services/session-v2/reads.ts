import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import {
  type FactorsSchema,
  type SearchQuery,
  SessionFieldName,
  type SessionSchema,
} from "../../../../gen/zitadel/session/v2/session_pb.js";
import type { SessionService } from "../../../../gen/zitadel/session/v2/session_service_pb.js";
import { checkPermission, isPermitted } from "../../access/permissions.ts";
import type { Scope } from "../../access/scope.ts";
import { zitadelError } from "../../errors.ts";
import type { Caller, Handlers } from "../../handlers.ts";
import { toLoginNames } from "../../state/login-names.ts";
import type { Check, Session } from "../../state/model/session.ts";
import type { Store } from "../../state/model/store.ts";
import { readSession } from "../../state/sessions.ts";
import { toListDetails, toPage } from "../lists.ts";
import { timeMatches } from "../matching.ts";

/** Reads of sessions: callers see those that they have created or may read. */
export function createReadHandlers(store: Store): Handlers<typeof SessionService> {
  return {
    getSession: ({ sessionId, sessionToken = "" }, { caller }) => {
      const session = readSession(store, sessionId);
      if (sessionToken === "") {
        if (caller?.userId !== session.creatorId) {
          checkPermission(store, caller?.userId ?? "", "session.read", toScope(store, session));
        }
      } else if (sessionToken !== session.token) {
        throw zitadelError(Code.PermissionDenied, "QUERY-dsfr3", "Permission denied");
      }
      return { session: toSessionView(store, session) };
    },
    listSessions: ({ query, queries, sortingColumn }, { caller }) => {
      const conditions = queries.map((one) => toCondition(one, caller));
      const found = [...store.sessions.values()].filter(
        (session) =>
          session.listed && session.state === "active" && conditions.every((matches) => matches(session)),
      );
      // By default, the server does not sort, which usually results in the order of ids.
      const isSorted = sortingColumn === SessionFieldName.CREATION_DATE;
      const page = isSorted
        ? toPage(found, query, ({ createdAt }) => createdAt)
        : toPage(found, { offset: 0n, limit: 0, ...query, asc: true }, ({ id }) => id);
      const visible = page.items.filter(
        (session) =>
          caller?.userId === session.creatorId ||
          isPermitted(store, caller, "session.read", toScope(store, session)),
      );
      return {
        details: toListDetails(store, page),
        sessions: visible.map((session) => toSessionView(store, session)),
      };
    },
  };
}

function toScope(store: Store, { user }: Session): Scope {
  return { organizationId: user?.resourceOwner ?? store.instanceId, self: user?.userId };
}

type Condition = (session: Session) => boolean;

function toCondition({ query }: SearchQuery, caller: Caller | undefined): Condition {
  switch (query.case) {
    case "idsQuery":
      return ({ id }) => query.value.ids.includes(id);
    case "userIdQuery":
      return ({ user }) => user?.userId === query.value.id;
    case "creatorQuery": {
      const creatorId = query.value.id ?? caller?.userId ?? "";
      if (creatorId === "") throw invalidQuery("GRPC-x8n24uh");
      return (session) => session.creatorId === creatorId;
    }
    case "userAgentQuery": {
      // The server's default is the user agent of the caller's token, but API tokens do not have one.
      const { fingerprintId = "" } = query.value;
      if (fingerprintId === "") throw invalidQuery("GRPC-x8n23uh");
      return ({ userAgent }) => userAgent?.fingerprintId === fingerprintId;
    }
    case "creationDateQuery":
      return ({ createdAt }) => timeMatches(createdAt, query.value.creationDate, query.value.method);
    default:
      throw invalidQuery("GRPC-Sfefs");
  }
}

function invalidQuery(id: string): Error {
  return zitadelError(Code.InvalidArgument, id, "List.Query.Invalid");
}

/** Converts a session to the form in which v2 shows it. */
function toSessionView(store: Store, session: Session): MessageInitShape<typeof SessionSchema> {
  const { id, createdAt, changedAt, sequence, metadata, userAgent, expiresAt } = session;
  const factors = toFactorsView(store, session);
  return {
    id,
    creationDate: timestampFromMs(createdAt),
    changeDate: timestampFromMs(changedAt),
    sequence: BigInt(sequence),
    ...(factors === undefined ? {} : { factors }),
    metadata: Object.fromEntries(metadata),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(expiresAt === undefined ? {} : { expirationDate: timestampFromMs(expiresAt) }),
  };
}

function toFactorsView(store: Store, session: Session): MessageInitShape<typeof FactorsSchema> | undefined {
  const { user, password, webAuthN, intent, totp, otpSms, otpEmail, recoveryCode } = session;
  if (user === undefined) return undefined;
  const known = store.users.get(user.userId);
  const checks = Object.entries({ password, intent, totp, otpSms, otpEmail, recoveryCode }).flatMap(
    ([name, check]) => (check === undefined ? [] : [[name, { verifiedAt: toVerifiedAt(check) }]]),
  );
  return {
    user: {
      verifiedAt: toVerifiedAt(user),
      id: user.userId,
      loginName: known === undefined ? "" : toLoginNames(store, known).preferred,
      displayName: known?.human?.displayName ?? "",
      organizationId: user.resourceOwner,
    },
    ...Object.fromEntries(checks),
    ...(webAuthN === undefined
      ? {}
      : { webAuthN: { verifiedAt: toVerifiedAt(webAuthN), userVerified: webAuthN.userVerified } }),
  };
}

function toVerifiedAt(check: Check): Timestamp {
  return timestampFromMs(check.verifiedAt);
}
