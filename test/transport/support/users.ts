import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Client, createClient } from "@connectrpc/connect";
import {
  DeleteUserRequestSchema,
  GetUserByIDResponseSchema,
  UserService,
} from "../../../gen/zitadel/user/v2/user_service_pb.js";
import type { Connected } from "./connection.ts";

/** A service with reads (`getUserByID`) and writes (`deleteUser`). */
export function users({ transport }: Pick<Connected, "transport">): Client<typeof UserService> {
  return createClient(UserService, transport);
}

/** The response of `getUserByID`. */
export function userResponse(userId: string): Uint8Array {
  return toBinary(GetUserByIDResponseSchema, create(GetUserByIDResponseSchema, { user: { userId } }));
}

/** Both requests have the id as their only field. */
export function parseUserId(body: Uint8Array): string {
  return fromBinary(DeleteUserRequestSchema, body).userId;
}
