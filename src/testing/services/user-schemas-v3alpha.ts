import { Code } from "@connectrpc/connect";
import type { ZITADELUserSchemas } from "../../../gen/zitadel/resources/userschema/v3alpha/user_schema_service_pb.js";
import { zitadelError } from "../errors.ts";
import type { Handlers } from "../handlers.ts";

/** zitadel.resources.userschema.v3alpha.ZITADELUserSchemas, an experiment that is off in a new instance. */
export function createUserSchemasV3alpha(): Handlers<typeof ZITADELUserSchemas> {
  return {
    searchUserSchemas: () => {
      throw zitadelError(Code.FailedPrecondition, "SCHEMA-SFjk3", 'Feature "User Schema" is not enabled');
    },
  };
}
