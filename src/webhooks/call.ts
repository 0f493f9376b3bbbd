import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

/**
 * A verified call from Zitadel. A target gets the calls that the conditions of its executions select; an HTTP provider
 * gets e-mails or SMS to send.
 */
export type WebhookCall = RequestCall | ResponseCall | FunctionCall | EventCall | EmailCall | SmsCall;

/** Properties of all calls about RPCs. */
interface RpcCall {
  /** The RPC, such as `/zitadel.user.v2.UserService/AddHumanUser`. */
  readonly fullMethod: string;
  readonly instanceId: string;
  /** The organization of the caller. */
  readonly organizationId: string;
  readonly projectId: string;
  /** Who called the RPC. */
  readonly userId: string;
  /** Headers of the caller's request that Zitadel passes on. */
  readonly headers: Headers;
  /** The request as protobuf JSON; see `toRequest()`. */
  readonly request: JsonObject;
}

/** Before an RPC runs. */
export interface RequestCall extends RpcCall {
  readonly kind: "request";
}

/** After an RPC has run. */
export interface ResponseCall extends RpcCall {
  readonly kind: "response";
  /** The response as protobuf JSON; see `toResponse()`. */
  readonly response: JsonObject;
}

/** While Zitadel creates a token or a SAML response. */
export interface FunctionCall {
  readonly kind: "function";
  /** The function, such as `function/preaccesstoken`. */
  readonly function: string;
  /** Everything that Zitadel sent. There is no descriptor for it. */
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
  /** The payload of the event. There is no descriptor for it. */
  readonly payload: JsonValue;
}

/** Properties of all calls to HTTP providers for e-mails and SMS. Most contain a code: keep them out of logs. */
interface MessageCall {
  /** The type of the event that the message is sent for, such as `user.human.email.code.added`. */
  readonly eventType: string;
  /** The recipient: an e-mail address, or a phone number. */
  readonly recipient: string;
  /** The provider, as stored in Zitadel. */
  readonly provider: { readonly id: string; readonly description: string };
  /** The content of the message, in the user's language and the organization's design. */
  readonly template: MessageTemplate;
  /**
   * The arguments of the message, such as `code` (`oTP` for one-time passwords), `userID` and `orgID`. There is no
   * descriptor for them.
   */
  readonly args: JsonObject;
}

/** Zitadel wants to send an e-mail. It counts as sent if the handler returns nothing. */
export interface EmailCall extends MessageCall {
  readonly kind: "email";
}

/** Zitadel wants to send an SMS. It counts as sent if the handler returns nothing. */
export interface SmsCall extends MessageCall {
  readonly kind: "sms";
}

/** The parts of a message that Zitadel prepared; an SMS has only `text`. Empty parts are absent. */
export interface MessageTemplate {
  readonly title?: string;
  readonly preHeader?: string;
  readonly subject?: string;
  readonly greeting?: string;
  readonly text?: string;
  readonly url?: string;
  readonly buttonText?: string;
  readonly primaryColor?: string;
  readonly backgroundColor?: string;
  readonly fontColor?: string;
  readonly logoUrl?: string;
  readonly fontUrl?: string;
  readonly fontFaceFamily?: string;
  readonly fontFamily?: string;
  readonly includeFooter?: boolean;
  readonly footerText?: string;
}
