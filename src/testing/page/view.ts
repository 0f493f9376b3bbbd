import type { DescMessage } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { createMessage } from "../../input/create-message.ts";
import { InputProblem } from "../../input/input-problem.ts";
import { REDACTED, redactedBody } from "../../logging/redacted-body.ts";
import { isSecretName } from "../../logging/secret-names.ts";
import { hideSecrets } from "../../shared/redact.ts";
import type { HttpResponse } from "../net/http.ts";
import { type CallRecord, findCall } from "../rpc/call-record.ts";
import type { Store } from "../state/model/store.ts";
import type { Exchange } from "./exchanges.ts";

/** An exchange as shown on the page, without secrets. */
export interface ExchangeView {
  readonly number: number;
  readonly at: number;
  readonly what: string;
  readonly protocol: string;
  readonly caller: string;
  readonly status: string;
  readonly failed: boolean;
  readonly ms: number | undefined;
  readonly request: unknown;
  readonly response: unknown;
}

/** The objects, as shown on the page. */
export interface ObjectsView {
  readonly organizations: readonly object[];
  readonly users: readonly object[];
  readonly projects: readonly object[];
  readonly tokens: readonly object[];
}

const MAX_OBJECTS = 200;
const MAX_TEXT = 4_000;

export function viewExchange(store: Store, exchange: Exchange): ExchangeView {
  const { number, at, request, response, ms } = exchange;
  const call = findCall(request);
  const common = { number, at, ms, caller: describeCaller(store, request.headers) };
  if (call !== undefined) return { ...common, ...viewCall(call) };
  return {
    ...common,
    what: `${request.method} ${request.path}`,
    protocol: `HTTP/${request.httpVersion}`,
    status: response === undefined ? "pending" : String(response.status),
    failed: response !== undefined && response.status >= 400,
    request: viewBody(request.headers, request.body),
    response: response && viewResponse(response),
  };
}

function viewCall({
  method,
  protocol,
  message,
  result,
  error,
}: CallRecord): Omit<ExchangeView, "number" | "at" | "ms" | "caller"> {
  const isPending = error === undefined && result === undefined;
  return {
    what: `${method.parent.typeName.replace(/^zitadel\./, "")}/${method.name}`,
    protocol,
    status: isPending ? "pending" : error === undefined ? "ok" : (Code[error.code] ?? "error"),
    failed: error !== undefined,
    request: redactedBody(method.input, message),
    response:
      error === undefined
        ? viewResult(method.output, result)
        : { code: Code[error.code], message: hideSecrets(error.rawMessage) },
  };
}

function viewResult(schema: DescMessage, result: unknown): unknown {
  const message = result === undefined ? undefined : createMessage(schema, result as object);
  return message === undefined || message instanceof InputProblem ? undefined : redactedBody(schema, message);
}

/** Converts a body, without its secrets, which are found by name. Shows only the length for unknown content types. */
function viewBody(headers: Headers, body: Uint8Array | string): unknown {
  if (body.length === 0) return undefined;
  const text = Buffer.from(body).toString();
  const type = headers.get("content-type") ?? "";
  if (type.startsWith("application/json")) return viewJson(text);
  if (!type.startsWith("application/x-www-form-urlencoded")) return `${body.length} bytes`;
  return Object.fromEntries([...new URLSearchParams(text)].map(([name, value]) => [name, hide(name, value)]));
}

/** Converts the body of a response. Text is that of the emulator itself, for example for an unknown path. */
function viewResponse({ headers, body }: HttpResponse): unknown {
  const isText = headers.get("content-type")?.startsWith("text/") === true;
  return isText && body.length > 0
    ? hideSecrets(Buffer.from(body).toString()).slice(0, MAX_TEXT)
    : viewBody(headers, body);
}

function viewJson(text: string): unknown {
  try {
    return JSON.parse(text, hide);
  } catch {
    return `${text.length} characters that are not JSON`;
  }
}

function hide(name: string, value: unknown): unknown {
  const isText = typeof value === "string";
  if (isSecretName(name) && (isText || typeof value === "object")) return REDACTED;
  return isText ? hideSecrets(value) : value;
}

/** Describes the caller, who is found by the bearer token. */
function describeCaller(store: Store, headers: Headers): string {
  const [, bearer] = /^bearer (.+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  if (bearer === undefined) return "";
  const userId = store.tokens.get(bearer)?.userId ?? "";
  return store.users.get(userId)?.username ?? "unknown";
}

export function viewObjects(store: Store): ObjectsView {
  const some = <T>(map: ReadonlyMap<string, T>): T[] => [...map.values()].slice(-MAX_OBJECTS);
  return {
    organizations: some(store.organizations).map(({ id, name, state }) => ({ id, name, state })),
    users: some(store.users).map(({ id, username, state, resourceOwner, machine }) => ({
      id,
      username,
      type: machine === undefined ? "human" : "machine",
      state,
      organization: store.organizations.get(resourceOwner)?.name,
    })),
    projects: some(store.projects).map(({ id, name, state, roles }) => ({
      id,
      name,
      state,
      roles: [...roles.keys()].join(", "),
    })),
    tokens: some(store.tokens).map(({ userId, expiresAt, issued, clientId }) => ({
      user: store.users.get(userId)?.username ?? userId,
      kind: issued ? "access token" : "personal access token or session",
      client: clientId,
      expires: new Date(Math.min(expiresAt, MAX_DATE)).toISOString(),
      state: expiresAt > store.now() ? "active" : "expired",
    })),
  };
}

const MAX_DATE = 8.64e15;
