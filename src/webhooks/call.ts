import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

/**
 * A call of Zitadel's, verified: of a target, whose execution's condition tells what it is about, or of an HTTP provider
 * for e-mails or SMS.
 */
export type WebhookCall = RequestCall | ResponseCall | FunctionCall | EventCall | EmailCall | SmsCall;

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

/** What calls of HTTP providers for e-mails and SMS have in common. Most hold a code: keep them out of logs. */
interface MessageCall {
  /** The type of the event that the message is sent for, such as `user.human.email.code.added`. */
  readonly eventType: string;
  /** To whom the message goes: an e-mail address, or a phone number. */
  readonly recipient: string;
  /** The provider, as Zitadel has it. */
  readonly provider: { readonly id: string; readonly description: string };
  /** What the message is to say, in the language of the user and in the design of the organization. */
  readonly template: MessageTemplate;
  /** What the message is made of, such as `code` (`oTP` for one-time passwords), `userID`, `orgID`: Zitadel has no descriptor. */
  readonly args: JsonObject;
}

/** An e-mail is to be sent. Zitadel takes it for sent if the handler returns nothing. */
export interface EmailCall extends MessageCall {
  readonly kind: "email";
}

/** An SMS is to be sent. Zitadel takes it for sent if the handler returns nothing. */
export interface SmsCall extends MessageCall {
  readonly kind: "sms";
}

/** The parts of a message that Zitadel has prepared; an SMS has its `text`. What Zitadel leaves empty is absent. */
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
