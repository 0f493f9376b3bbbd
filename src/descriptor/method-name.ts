import type { DescMethod } from "@bufbuild/protobuf";

/** The full name of an RPC, as in paths, errors, logs and spans: `zitadel.user.v2.UserService/GetUserByID`. */
export function methodName(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}
