import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { AdminService } from "../../../../gen/zitadel/admin_pb.js";
import type { Handlers } from "../../handlers.ts";
import type { Store } from "../../state/model/store.ts";
import { createMemberRpcs } from "./members.ts";
import { INSTANCE_ROLES } from "./roles.ts";

/** The administrators of the instance. */
export function createInstanceMembersV1(store: Store): Handlers<typeof AdminService> {
  const members = createMemberRpcs(store, { type: "instance" });
  const context = { organizationId: store.instanceId };
  return {
    listIAMMemberRoles: () => ({
      details: { totalResult: BigInt(INSTANCE_ROLES.length), viewTimestamp: timestampFromMs(store.now()) },
      roles: INSTANCE_ROLES,
    }),
    listIAMMembers: (request, context) => members.list(request, context),
    addIAMMember: (request) => members.add(request),
    updateIAMMember: (request) => members.update(request),
    removeIAMMember: (request) => members.remove(request, context),
  };
}
