import { createClient } from "@connectrpc/connect";
import { AuthService } from "../../../gen/zitadel/auth_pb.js";
import { createConnection, type Protocol } from "../../transport/connection.ts";
import { findFailure } from "../../transport/faults.ts";
import { type Check, failed, ok, warning } from "../check.ts";
import { resolveWithoutAuth } from "../connect.ts";
import type { DoctorContext } from "../doctor-context.ts";

/** Checks that gRPC, which v1 uses, gets through, or at least gRPC-web. */
export const grpc: Check = {
  name: "grpc",
  about: "whether gRPC or gRPC-web gets through",
  needs: ["discovery"],
  async run(context) {
    if (context.httpVersion === "1.1") return ok("not used: HTTP/1.1 uses gRPC-web");
    const { protocol = "auto" } = context.options;
    if (protocol === "connect" || protocol === "grpc-web") return ok(`not used: the protocol is ${protocol}`);
    const error = await call(context, "grpc");
    if (error === undefined) return ok("gRPC");
    const { fault } = findFailure(error) ?? {};
    const blocked = fault === "grpc-blocked" || fault === "missing-status";
    const reason = error instanceof Error ? error.message : String(error);
    if (!blocked)
      return failed(
        `A call over gRPC fails: ${reason}`,
        "Look in the logs of the server and of what is in front of it.",
      );
    const summary = `gRPC does not get through: ${reason}`;
    if (protocol === "grpc") return failed(summary, `${FIX}, or set protocol to "auto" or "grpc-web".`);
    if ((await call(context, "grpc-web")) !== undefined)
      return failed(`${summary}; neither does gRPC-web`, `${FIX}.`);
    return warning(
      `${summary}; gRPC-web does, and is used for v1`,
      `${FIX}. Or leave it as it is, and set protocol: "grpc-web" to skip the attempt.`,
    );
  },
};

const FIX =
  "A proxy or load balancer on the way blocks gRPC or speaks HTTP/1.1 to Zitadel: make it forward gRPC over HTTP/2 (nginx: grpc_pass; AWS: a target group with protocol version GRPC)";

/** Makes a call that needs no token, and returns its error. */
async function call(context: DoctorContext, protocol: Protocol): Promise<unknown> {
  const connection = createConnection({ ...resolveWithoutAuth(context), protocol });
  try {
    const transport = connection.createTransport({ interceptors: [] });
    await createClient(AuthService, transport).healthz({}, { timeoutMs: context.checkTimeoutMs });
    return undefined;
  } catch (error) {
    return error;
  } finally {
    connection.close();
  }
}
