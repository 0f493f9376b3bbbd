import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { Organization as OrganizationChoice } from "../../../../gen/zitadel/object/v2/object_pb.js";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import { organizationUnknown } from "../../authenticate.ts";
import { zitadelError } from "../../errors.ts";
import type { Handlers } from "../../handlers.ts";
import { createHuman, type HumanRequest } from "../../state/humans.ts";
import { checkMetadata, setMetadata } from "../../state/metadata.ts";
import type { Store } from "../../state/model/store.ts";
import type { AccessTokenType } from "../../state/model/user.ts";
import { findDomainOwner } from "../../state/organization-domains.ts";
import { TOKEN_TYPE } from "../../state/user-events.ts";
import { createUser, newMachine, removeUser } from "../../state/users.ts";
import { toChangeDetails } from "../details.ts";

/** Fields that only requests of newer APIs have. */
export interface Newer {
  readonly metadata?: HumanRequest["metadata"];
  readonly accessTokenType?: number;
}

interface Named {
  readonly name?: string;
  readonly description?: string | undefined;
}

/** Creation and removal of users. */
export function createCreationHandlers(store: Store): Handlers<typeof UserService> {
  return {
    addHumanUser: (request, context) => {
      const { userId: id, username } = request;
      const organizationId = toOrganizationId(store, request.organization) ?? context.organizationId;
      const { user, codes } = createHuman(store, request, { id, username, organizationId });
      return { userId: user.id, details: toChangeDetails(user), ...codes };
    },
    createUser: ({ organizationId, userId, username, userType, ...more }) => {
      const { metadata = [] } = more as Newer;
      if (userType.case === "human") {
        const request = { ...userType.value, metadata: parseOneof(metadata, userType.value.metadata) };
        const { user, codes } = createHuman(store, request, { id: userId, username, organizationId });
        return { id: user.id, creationDate: timestampFromMs(user.changedAt), ...codes };
      }
      const { name = "", description = "", accessTokenType }: Named & Newer = userType.value ?? {};
      for (const entry of metadata) checkMetadata(entry);
      const id = userId || store.newId();
      const machine = newMachine(name, description, toTokenType(accessTokenType));
      const user = createUser(store, { organizationId, id, username: username || id, machine });
      setMetadata(store, user, metadata);
      return { id, creationDate: timestampFromMs(user.changedAt) };
    },
    deleteUser: ({ userId }) => ({
      details: toChangeDetails(removeUser(store, userId, "COMMAND-bd4ir1mblj")),
    }),
  };
}

/** Converts an access token type from the API. */
export function toTokenType(type: number | undefined): AccessTokenType {
  return type === TOKEN_TYPE.jwt ? "jwt" : "bearer";
}

function parseOneof(
  metadata: HumanRequest["metadata"],
  humanMetadata: HumanRequest["metadata"],
): HumanRequest["metadata"] {
  if (metadata.length === 0 || humanMetadata.length === 0) return [...metadata, ...humanMetadata];
  const message = "Metadata must not be set on both the user and human fields";
  throw zitadelError(Code.InvalidArgument, "USERv2-j0z7uy", message);
}

/** Finds the organization that a request names by id or domain. Undefined if it does not name one. */
function toOrganizationId(store: Store, choice: OrganizationChoice | undefined): string | undefined {
  const { case: by, value } = choice?.org ?? {};
  if (by === undefined || value === "") return undefined;
  const { organizations } = store;
  const found = by === "orgId" ? organizations.get(value ?? "") : findDomainOwner(store, value ?? "");
  if (found === undefined) throw organizationUnknown();
  return found.id;
}
