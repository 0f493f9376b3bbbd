import { type User, UserState } from "../gen/zitadel/user/v2/user_pb.js";

/** A user, as far as Acme's services care. */
export interface AcmeUser {
  readonly id: string;
  readonly email: string;
  readonly displayName: string;
  readonly isActive: boolean;
}

export function asAcmeUser({ userId, state, type, preferredLoginName }: User): AcmeUser {
  const human = type.case === "human" ? type.value : undefined;
  return {
    id: userId,
    email: human?.email?.email ?? "",
    displayName: human?.profile?.displayName || preferredLoginName,
    isActive: state === UserState.ACTIVE,
  };
}
