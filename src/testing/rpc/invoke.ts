import type { DescMethodUnary, Message } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { findViolation } from "../../validation/violation.ts";
import { requireDeclaredPermission } from "../access/permissions.ts";
import type { Executions } from "../actions/executions.ts";
import { authenticate, organizationUnknown } from "../authenticate.ts";
import { zitadelError } from "../errors.ts";
import type { AnyHandler, CallContext } from "../handlers.ts";
import { findInstance } from "../instance.ts";
import type { HttpRequest } from "../net/http.ts";
import { isBlocked } from "../state/limits.ts";
import type { Store } from "../state/model/store.ts";
import type { SystemUsers } from "../system-users.ts";
import { withDeadline } from "./deadline.ts";

/** The handler of an RPC: one from the test, which does not require a permission, or one of the emulator. */
export interface FoundHandler {
  readonly handle: AnyHandler;
  readonly isOwn: boolean;
}

/** The context for running a call. */
export interface Invoker {
  readonly store: Store;
  readonly systemUsers: SystemUsers;
  readonly executions: Executions;
  findHandler(method: DescMethodUnary): Promise<FoundHandler | undefined>;
}

/** A decoded call. */
export interface Call {
  readonly method: DescMethodUnary;
  readonly request: HttpRequest;
  readonly message: Message;
  readonly timeoutMs: number | undefined;
}

/** The only service that a blocked instance still serves. */
const SYSTEM = "zitadel.system.v1.SystemService";

/** Timeouts up to this length always expire on a server. */
const IMPOSSIBLE_MS = 1;

/** Runs the server's checks in its order, then the handler. Throws ConnectErrors. */
export async function invoke(
  invoker: Invoker,
  call: Call,
  response: Pick<CallContext, "responseHeaders" | "responseTrailers">,
): Promise<unknown> {
  const { method, request, timeoutMs } = call;
  const instance = findInstance(request, invoker.store);
  if (typeof instance === "string") throw new ConnectError(instance, Code.NotFound);
  if (isBlocked(invoker.store) && method.parent.typeName !== SYSTEM) {
    throw zitadelError(Code.ResourceExhausted, "LIMITS-molsj", "Errors.Limits.Instance.Blocked");
  }
  if (timeoutMs !== undefined && timeoutMs <= IMPOSSIBLE_MS) throw organizationUnknown();
  const identity = await authenticate(invoker.store, invoker.systemUsers, method, request.headers);
  return await withDeadline(timeoutMs, request.signal, async (signal) => {
    const { headers } = request;
    const context: CallContext = { headers, origin: instance.origin, ...identity, ...response, signal };
    const handler = await invoker.findHandler(method);
    if (handler?.isOwn === false) requireDeclaredPermission(invoker.store, method, call.message, context);
    const message = await invoker.executions.beforeCall(method, call.message, context);
    const violation = findViolation(method.input, message);
    if (violation !== undefined) throw new ConnectError(violation, Code.InvalidArgument);
    if (handler === undefined) throw unhandled(method);
    const editor = identity.caller?.userId ?? "";
    const result = await invoker.store.events.run(editor, () => handler.handle(message, context));
    return await invoker.executions.afterCall(method, { request: message, response: result }, context);
  });
}

function unhandled(method: DescMethodUnary): ConnectError {
  const service = method.parent.name;
  return new ConnectError(
    `The emulator does not implement ${method.toString().replace(/^rpc /, "")}. Give it a handler: ` +
      `emulator.handle(${service}, { ${method.localName}: (request) => ({ … }) })`,
    Code.Unimplemented,
  );
}
