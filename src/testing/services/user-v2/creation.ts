import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { UserService } from "../../../../gen/zitadel/user/v2/user_service_pb.js";
import type { Handlers } from "../../handlers.ts";
import { setMetadata } from "../../state/metadata.ts";
import type { Store } from "../../state/model/store.ts";
import { createUser, newMachine, removeUser } from "../../state/users.ts";
import { changeDetails } from "../details.ts";
import { type HumanRequest, humanOf } from "./human.ts";
import { organizationOf } from "./organization.ts";

/** Creating and deleting users. */
export function creationHandlers(store: Store): Handlers<typeof UserService> {
  const addHuman = (
    request: HumanRequest,
    identity: { id: string | undefined; username: string | undefined; organizationId: string },
  ) => {
    const human = humanOf(store, request);
    const username = identity.username ?? human.email.address;
    const user = createUser(store, { ...identity, username, human });
    setMetadata(store, user, request.metadata);
    return { user, ...codes(human, request) };
  };
  return {
    addHumanUser: (request, { organizationId }) => {
      const organization = organizationOf(store, request.organization) ?? organizationId;
      const { userId: id, username } = request;
      const { user, ...created } = addHuman(request, { id, username, organizationId: organization });
      return { userId: user.id, details: changeDetails(user), ...created };
    },
    createUser: ({ organizationId, userId: id, username, userType }) => {
      if (userType.case === "human") {
        const { user, ...created } = addHuman(userType.value, { id, username, organizationId });
        return { id: user.id, creationDate: timestampFromMs(user.createdAt), ...created };
      }
      const { name = "", description = "" } = userType.value ?? {};
      const machine = newMachine(name, description);
      const newId = id ?? store.newId();
      const user = createUser(store, {
        organizationId,
        id: newId,
        username: username ?? newId,
        machine,
      });
      return { id: user.id, creationDate: timestampFromMs(user.createdAt) };
    },
    deleteUser: ({ userId }) => ({
      details: changeDetails(removeUser(store, userId, "COMMAND-bd4ir1mblj")),
    }),
  };
}

/** Codes are part of the answer where the request asks for them. */
function codes(
  { email, phone }: ReturnType<typeof humanOf>,
  request: HumanRequest,
): { emailCode?: string; phoneCode?: string } {
  const returnEmail = request.email?.verification.case === "returnCode" ? email.code : undefined;
  const returnPhone = request.phone?.verification.case === "returnCode" ? phone?.code : undefined;
  return {
    ...(returnEmail === undefined ? {} : { emailCode: returnEmail }),
    ...(returnPhone === undefined ? {} : { phoneCode: returnPhone }),
  };
}
