import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

/** A call of a target, verified. What it is about depends on the condition of the execution. */
export type WebhookCall = RequestCall | ResponseCall | FunctionCall | EventCall;

/** What calls about RPCs have in common. */
interface RpcCall {
  /** The RPC, as `/zitadel.user.v2.UserService/AddHumanUser`. */
  readonly fullMethod: string;
  readonly instanceId: string;
  /** The organization of the caller. */
  readonly organizationId: string;
  readonly projectId: string;
  /** Who called the RPC. */
  readonly userId: string;
  /** Headers of the caller's request, as far as Zitadel passes them on. */
  readonly headers: Headers;
  /** The request as protobuf JSON; see `requestOf()`. */
  readonly request: JsonObject;
}

/** Before an RPC runs. */
export interface RequestCall extends RpcCall {
  readonly kind: "request";
}

/** After an RPC has run. */
export interface ResponseCall extends RpcCall {
  readonly kind: "response";
  /** The response as protobuf JSON; see `responseOf()`. */
  readonly response: JsonObject;
}

/** While Zitadel makes a token or a SAML response. */
export interface FunctionCall {
  readonly kind: "function";
  /** The function, such as `function/preaccesstoken`. */
  readonly function: string;
  /** All that Zitadel sent: it has no descriptor. */
  readonly content: JsonObject;
}

/** After something happened. */
export interface EventCall {
  readonly kind: "event";
  /** The type of the event, such as `user.human.added`. */
  readonly eventType: string;
  readonly aggregateId: string;
  readonly aggregateType: string;
  /** The organization that owns the aggregate. */
  readonly resourceOwner: string;
  readonly instanceId: string;
  readonly sequence: number;
  /** When it happened, in the format of RFC 3339. */
  readonly createdAt: string;
  /** Who did it. */
  readonly userId: string;
  /** What the event says: it has no descriptor. */
  readonly payload: JsonValue;
}
