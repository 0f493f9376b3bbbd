import type { DescMethod } from "@bufbuild/protobuf";

/** The name of an RPC in errors, logs and spans, as `zitadel.user.v2.UserService/GetUserByID`. */
export function methodName(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}
