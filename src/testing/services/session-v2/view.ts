import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { FactorsSchema, SessionSchema } from "../../../../gen/zitadel/session/v2/session_pb.js";
import type { Session } from "../../state/model/session.ts";
import type { Store } from "../../state/model/store.ts";
import { displayName } from "../../state/users.ts";

/** A session as v2 shows it. */
export function sessionView(store: Store, session: Session): MessageInitShape<typeof SessionSchema> {
  const { id, createdAt, changedAt, sequence, metadata, expiresAt } = session;
  return {
    id,
    creationDate: timestampFromMs(createdAt),
    changeDate: timestampFromMs(changedAt),
    sequence: BigInt(sequence),
    factors: factorsView(store, session),
    metadata: Object.fromEntries(metadata),
    ...(expiresAt === undefined ? {} : { expirationDate: timestampFromMs(expiresAt) }),
  };
}

function factorsView(store: Store, { user, password }: Session): MessageInitShape<typeof FactorsSchema> {
  const known = store.users.get(user?.userId ?? "");
  return {
    ...(user === undefined || known === undefined
      ? {}
      : {
          user: {
            verifiedAt: timestampFromMs(user.verifiedAt),
            id: known.id,
            loginName: known.username,
            displayName: displayName(known),
            organizationId: known.resourceOwner,
          },
        }),
    ...(password === undefined ? {} : { password: { verifiedAt: timestampFromMs(password.verifiedAt) } }),
  };
}
