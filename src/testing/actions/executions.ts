import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  toJson,
} from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { CallContext } from "../handlers.ts";
import type { LoggedEvent } from "../state/event-log.ts";
import type { Store } from "../state/model/store.ts";
import { callTargets, type TargetCalls } from "./call-target.ts";
import { findTargets } from "./conditions.ts";
import { type ClaimsFunction, type ClaimsSubject, customizeClaims } from "./functions.ts";

/** Calls the targets of executions (actions v2): before and after RPCs, for claims, and for events. */
export class Executions {
  readonly #store: Store;
  readonly #calls: TargetCalls;

  constructor(store: Store, calls: TargetCalls) {
    this.#store = store;
    this.#calls = calls;
  }

  /** Call it before an RPC runs, even if the request is invalid. Returns the request to continue with. */
  async beforeCall(method: DescMethodUnary, request: Message, context: CallContext): Promise<Message> {
    return await this.#run("request", method, context, {
      request: { schema: method.input, message: request },
    });
  }

  /** Call it after an RPC has run. Returns the response to send. */
  async afterCall(
    method: DescMethodUnary,
    { request, response }: { readonly request: Message; readonly response: unknown },
    context: CallContext,
  ): Promise<unknown> {
    if (findTargets(this.#store, toExecutionId("response", method)).length === 0) return response;
    return await this.#run("response", method, context, {
      request: { schema: method.input, message: request },
      // A handler's result has the shape of its RPC's response.
      response: {
        schema: method.output,
        message: create(method.output, response as Record<string, unknown>),
      },
    });
  }

  /** Call it when claims are built. Returns the claims to use. */
  async onClaims(name: ClaimsFunction, subject: ClaimsSubject): Promise<JsonObject> {
    return await customizeClaims(this.#store, name, subject, this.#calls);
  }

  /** Call it after an event. It runs in the background. */
  onEvent(event: LoggedEvent): void {
    const targets = findTargets(this.#store, `event/${event.type}`);
    if (targets.length === 0) return;
    const content = toEventContent(event, this.#store.instanceId);
    void callTargets(
      targets,
      () => content,
      () => {},
      this.#calls,
    ).catch(() => {});
  }

  /** Calls the targets. Each one gets the message as changed by the one before it. */
  async #run(
    type: "request" | "response",
    method: DescMethodUnary,
    context: CallContext,
    parts: Parts,
  ): Promise<Message> {
    const targets = findTargets(this.#store, toExecutionId(type, method));
    const part = parts[type] ?? parts.request;
    const toContent = () => ({
      fullMethod: `/${method.parent.typeName}/${method.name}`,
      instanceID: this.#store.instanceId,
      ...(context.caller === undefined
        ? {}
        : { orgID: context.organizationId, userID: context.caller.userId }),
      request: toJson(parts.request.schema, parts.request.message),
      ...(parts.response === undefined
        ? {}
        : { response: toJson(parts.response.schema, parts.response.message) }),
      headers: filterForwardedHeaders(context.headers),
    });
    const onResponse = (body: string): void => {
      part.message = parseMessage(part.schema, body);
    };
    await callTargets(targets, toContent, onResponse, this.#calls);
    return part.message;
  }
}

/** A message that targets may replace. */
interface Part {
  readonly schema: DescMessage;
  message: Message;
}

interface Parts {
  readonly request: Part;
  readonly response?: Part;
}

function toExecutionId(type: "request" | "response", { parent, name }: DescMethodUnary): string {
  return `${type}/${parent.typeName}/${name}`;
}

/** The headers of a call that the server forwards. */
const FORWARDED: readonly string[] = [
  "Content-Type",
  "X-Forwarded-For",
  "X-Forwarded-Host",
  "Host",
  "Origin",
];

function filterForwardedHeaders(headers: Headers): Record<string, string[]> {
  return Object.fromEntries(
    FORWARDED.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, [value]]];
    }),
  );
}

function parseMessage(schema: DescMessage, body: string): Message {
  let json: JsonValue;
  try {
    json = JSON.parse(body) as JsonValue;
  } catch {
    throw zitadelError(Code.Unknown, "", `invalid character '${body[0]}' looking for beginning of value`);
  }
  try {
    return fromJson(schema, json);
  } catch (error) {
    throw zitadelError(Code.Unknown, "", `proto: ${error instanceof Error ? error.message : "syntax error"}`);
  }
}

/** An event as the server sends it, without empty fields. */
function toEventContent(event: LoggedEvent, instanceID: string): object {
  return {
    aggregateID: event.aggregateId,
    aggregateType: event.aggregateType,
    resourceOwner: event.resourceOwner,
    instanceID,
    version: "v2",
    sequence: event.sequence,
    event_type: event.type,
    created_at: new Date(event.at / 1_000).toISOString(),
    userID: event.editorId,
    ...(event.payload === undefined ? {} : { event_payload: event.payload }),
  };
}
