import { randomUUID } from "node:crypto";
import type { DescService } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type HttpRequest, type HttpResponse, respondEmpty, respondJson, respondText } from "../net/http.ts";
import { connectProtocol, isConnectContentType } from "./connect.ts";
import { handleRest } from "./gateway.ts";
import { createGrpcProtocol, createGrpcWebProtocol, type Generation } from "./grpc.ts";
import { handleCall } from "./handle-call.ts";
import type { Invoker } from "./invoke.ts";
import type { RpcProtocol } from "./protocol.ts";
import { findMethod, isServed, type ServiceRegistry } from "./service-registry.ts";

/** The context for finding and running a call. */
export interface Dispatcher extends Invoker {
  readonly registry: ServiceRegistry;
}

const ACCEPTED_TYPES =
  "application/grpc, application/grpc+json, application/grpc+json; charset=utf-8, application/grpc+proto, " +
  "application/grpc-web, application/grpc-web+json, application/grpc-web+json; charset=utf-8, " +
  "application/grpc-web+proto, application/json, application/json; charset=utf-8, application/proto";

/** The RPC that a path names. */
interface Target {
  readonly typeName: string;
  readonly name: string;
  /** Undefined if the server does not have such a service. */
  readonly service: DescService | undefined;
}

/** Handles a request whose path may name an RPC. */
export async function dispatch(dispatcher: Dispatcher, request: HttpRequest): Promise<HttpResponse> {
  const [, typeName = "", name = ""] = /^\/([\w.]+)\/(\w+)$/.exec(request.path) ?? [];
  const service = isServed(typeName) ? await dispatcher.registry.find(typeName) : undefined;
  const target = { typeName, name, service };
  const handle = service === undefined || isV1(typeName) ? handleV1 : handleV2;
  return await handle(dispatcher, request, target);
}

/** Whether it is a v1 service or an experimental v3 one, which are not served over Connect. */
function isV1(typeName: string): boolean {
  return /^zitadel\..*\bv(1|3alpha)\./.test(typeName);
}

async function handleV2(
  dispatcher: Dispatcher,
  request: HttpRequest,
  { service, name }: Target,
): Promise<HttpResponse> {
  const method = findMethod(service, name);
  if (method === undefined) return respondText(404, "404 page not found");
  if (request.method !== "POST") return respondEmpty(405, { allow: "POST" });
  const protocol = findProtocol(request, "v2");
  if (protocol === undefined) return respondEmpty(415, { "accept-post": ACCEPTED_TYPES });
  return await handleCall(dispatcher, protocol, method, request);
}

/** Handles a request for v1. Its REST gateway gets every request that is not gRPC, and does not serve paths of RPCs. */
async function handleV1(dispatcher: Dispatcher, request: HttpRequest, target: Target): Promise<HttpResponse> {
  const { typeName, name, service } = target;
  const protocol = findProtocol(request, "v1");
  if (protocol === undefined || protocol === connectProtocol || request.method !== "POST") {
    const rest = await handleRest(dispatcher, request);
    if (rest !== undefined) return rest;
    const response = respondJson(404, { code: Code.NotFound, message: "Not Found" });
    response.headers.set("x-request-id", randomUUID());
    return response;
  }
  const method = findMethod(service, name);
  if (method !== undefined) return await handleCall(dispatcher, protocol, method, request);
  const unknown =
    service === undefined ? `unknown service ${typeName}` : `unknown method ${name} for service ${typeName}`;
  return protocol.write(request, {
    result: new ConnectError(unknown, Code.Unimplemented),
    headers: new Headers(),
    trailers: new Headers(),
    requestId: undefined,
  });
}

/** Finds the protocol of a request by its content type. gRPC requires HTTP/2, for its trailers. */
function findProtocol(
  { headers, httpVersion }: HttpRequest,
  generation: Generation,
): RpcProtocol | undefined {
  const contentType = headers.get("content-type") ?? "";
  if (/^application\/grpc-web(\+|$)/.test(contentType)) return createGrpcWebProtocol(generation);
  if (/^application\/grpc(\+|$)/.test(contentType))
    return httpVersion === "2" ? createGrpcProtocol(generation) : undefined;
  return isConnectContentType(contentType) ? connectProtocol : undefined;
}
