import type {
  DescMessage,
  DescMethod,
  DescMethodUnary,
  DescService,
  JsonObject,
  MessageShape,
} from "@bufbuild/protobuf";
import { methodName } from "../descriptor/method-name.ts";
import type { WebhookCall } from "./call.ts";
import { fromNewerJson } from "./unknown-content.ts";
import { WebhookError } from "./webhook-error.ts";

/** The typed request of a call; `undefined` if the call is about another RPC. */
export function toRequest<I extends DescMessage, O extends DescMessage>(
  call: WebhookCall,
  method: DescMethodUnary<I, O>,
): MessageShape<I> | undefined {
  return isAbout(call, method) ? decode(method.input, call.request) : undefined;
}

/** The typed response of a call; `undefined` if the call is about another RPC, or precedes the response. */
export function toResponse<I extends DescMessage, O extends DescMessage>(
  call: WebhookCall,
  method: DescMethodUnary<I, O>,
): MessageShape<O> | undefined {
  return call.kind === "response" && isAbout(call, method) ? decode(method.output, call.response) : undefined;
}

/** Services by package path, as in the `services` of generated code. */
export interface WebhookServices {
  readonly [segment: string]: WebhookServices | { readonly typeName: string; load(): Promise<object> };
}

/**
 * The RPC that a call is about, found in generated services (`zitadel-connect/api/services.js`); `undefined` if they do
 * not have it.
 */
export async function findMethod(
  call: WebhookCall,
  services: WebhookServices,
): Promise<DescMethodUnary | undefined> {
  if (!("fullMethod" in call)) return undefined;
  const [, typeName = "", name] = call.fullMethod.split("/");
  const service = await find(services, typeName);
  const method = service?.methods.find((method) => method.name === name);
  // Zitadel's RPCs do not stream.
  return method?.methodKind === "unary" ? (method as DescMethodUnary) : undefined;
}

async function find(services: WebhookServices, typeName: string): Promise<DescService | undefined> {
  for (const node of Object.values(services)) {
    if (typeof node.load === "function") {
      if (node.typeName === typeName) return (await node.load()) as DescService;
    } else {
      const found = await find(node as WebhookServices, typeName);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function isAbout<C extends WebhookCall>(
  call: C,
  method: DescMethod,
): call is Extract<C, { fullMethod: string }> {
  return "fullMethod" in call && call.fullMethod === `/${methodName(method)}`;
}

/** The instance may be newer than the descriptor: unknown content is left out, and kept for `respondWith()`. */
function decode<S extends DescMessage>(schema: S, json: JsonObject): MessageShape<S> {
  try {
    return fromNewerJson(schema, json);
  } catch (error) {
    throw new WebhookError("payload_malformed", `not a ${schema.typeName}`, error);
  }
}
