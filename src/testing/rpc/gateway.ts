import type { DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { create, ScalarType, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type HttpRequest, type HttpResponse, respond, respondJson } from "../net/http.ts";
import { handleCall } from "./handle-call.ts";
import { findPrefixedService, type HttpRule, readHttpRules } from "./http-rules.ts";
import type { Invoker } from "./invoke.ts";
import type { RpcProtocol } from "./protocol.ts";
import { isServed, type ServiceRegistry } from "./service-registry.ts";

/** The context for finding and running a call over REST. */
interface Gateway extends Invoker {
  readonly registry: ServiceRegistry;
}

const knownRules = new WeakMap<ServiceRegistry, Map<string, Promise<HttpRule[]>>>();

/** Handles a REST request as the server's gateway does. Undefined if no RPC has such a path. */
export async function handleRest(gateway: Gateway, request: HttpRequest): Promise<HttpResponse | undefined> {
  const rules = await findRules(gateway.registry, request.path);
  const fitting = rules.filter(({ pattern }) => pattern.test(request.path));
  if (fitting.length === 0) return undefined;
  const rule = fitting.find(({ httpMethod }) => httpMethod === request.method);
  if (rule === undefined) {
    return respondJson(405, { code: Code.Unimplemented, message: "Method Not Allowed" });
  }
  const response = await handleCall(gateway, createRestProtocol(rule), rule.method, request);
  response.headers.set("grpcgateway-content-type", "application/grpc");
  response.headers.set("cache-control", "no-store");
  return response;
}

/** Finds the rules for a path. Services are loaded on the first request that may be for them. */
async function findRules(registry: ServiceRegistry, path: string): Promise<HttpRule[]> {
  const known = knownRules.get(registry) ?? new Map<string, Promise<HttpRule[]>>();
  knownRules.set(registry, known);
  const prefixed = findPrefixedService(path);
  const key = prefixed ?? "";
  const rules = known.get(key) ?? loadRules(registry, prefixed);
  known.set(key, rules);
  return await rules;
}

async function loadRules(registry: ServiceRegistry, prefixed: string | undefined): Promise<HttpRule[]> {
  if (prefixed !== undefined) {
    const service = await registry.find(prefixed);
    return service === undefined ? [] : readHttpRules(service);
  }
  const services = (await registry.all()).filter(({ typeName }) => isServed(typeName));
  return services.filter(({ typeName }) => !/\.v1\./.test(typeName)).flatMap(readHttpRules);
}

/** The protocol of the gateway: JSON in both directions, and errors with gRPC's codes. */
function createRestProtocol(rule: HttpRule): RpcProtocol {
  return {
    name: "rest",
    read: (request) => ({ bytes: Buffer.from(JSON.stringify(readRequest(rule, request))), binary: false }),
    timeoutMs: () => undefined,
    write: (_, { result, headers, requestId }) => {
      const all = new Headers(headers);
      if (requestId !== undefined) all.set("x-request-id", requestId);
      if (!(result instanceof ConnectError)) return respond(200, "application/json", result, all);
      if (result.code === Code.Unauthenticated) all.set("www-authenticate", result.rawMessage);
      const body = JSON.stringify(toErrorDocument(result));
      return respond(HTTP_STATUS[result.code] ?? 500, "application/json", body, all);
    },
  };
}

/** HTTP statuses by gRPC code. */
const HTTP_STATUS: Readonly<Partial<Record<Code, number>>> = {
  [Code.Canceled]: 499,
  [Code.Unknown]: 500,
  [Code.InvalidArgument]: 400,
  [Code.DeadlineExceeded]: 504,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403,
  [Code.ResourceExhausted]: 429,
  [Code.FailedPrecondition]: 400,
  [Code.Aborted]: 409,
  [Code.OutOfRange]: 400,
  [Code.Unimplemented]: 501,
  [Code.Internal]: 500,
  [Code.Unavailable]: 503,
  [Code.DataLoss]: 500,
  [Code.Unauthenticated]: 401,
};

function toErrorDocument({ code, rawMessage: message, details }: ConnectError): JsonObject {
  const all = details.flatMap((detail): JsonObject[] => {
    if (!("desc" in detail)) return [];
    const json = toJson(detail.desc, create(detail.desc, detail.value));
    return [{ "@type": `type.googleapis.com/${detail.desc.typeName}`, ...(json as JsonObject) }];
  });
  return { code, message, ...(all.length > 0 ? { details: all } : {}) };
}

/** Reads a request as JSON, from the body, the path and the query. */
function readRequest(rule: HttpRule, { path, query, body }: HttpRequest): JsonObject {
  const { method, variables, pattern } = rule;
  const request: JsonObject = {};
  if (rule.body === "") for (const [name, text] of query) setField(request, method.input, name, text);
  else if (rule.body === "*") Object.assign(request, parseBody(body));
  else request[rule.body] = parseBody(body);
  const values = pattern.exec(path)?.slice(1) ?? [];
  for (const [index, name] of variables.entries()) {
    setField(request, method.input, name, decodeURIComponent(values[index] ?? ""));
  }
  return request;
}

function parseBody(body: Uint8Array): JsonObject {
  const text = Buffer.from(body).toString();
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text) as JsonObject;
  } catch (cause) {
    throw new ConnectError("unexpected EOF", Code.InvalidArgument, undefined, undefined, cause);
  }
}

/** Sets a field, which may be nested, such as `query.limit`. Ignores unknown fields. */
function setField(request: JsonObject, schema: DescMessage, name: string, text: string): void {
  const [first = "", ...rest] = name.split(".");
  const field = schema.fields.find((one) => one.name === first || one.jsonName === first);
  if (field === undefined) return;
  if (field.fieldKind === "message" && rest.length > 0) {
    const inner = (request[field.jsonName] ?? {}) as JsonObject;
    request[field.jsonName] = inner;
    setField(inner, field.message, rest.join("."), text);
    return;
  }
  if (field.fieldKind === "list") {
    request[field.jsonName] = [...((request[field.jsonName] ?? []) as JsonValue[]), text];
    return;
  }
  request[field.jsonName] = toScalar(field, text);
}

/**
 * Converts a text to JSON. protobuf's JSON accepts numbers as strings and enums by name, but not booleans as strings.
 */
function toScalar(field: DescField, text: string): JsonValue {
  if (field.fieldKind === "enum" && /^-?\d+$/.test(text)) return Number(text);
  return text === "true" || text === "false" ? toBoolean(field, text) : text;
}

function toBoolean(field: DescField, text: string): JsonValue {
  return field.fieldKind === "scalar" && field.scalar === ScalarType.BOOL ? text === "true" : text;
}
