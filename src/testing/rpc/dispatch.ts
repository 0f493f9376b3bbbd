import { randomUUID } from "node:crypto";
import type { DescService } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type HttpRequest, type HttpResponse, respondEmpty, respondJson, respondText } from "../net/http.ts";
import { answerCall } from "./answer.ts";
import { connectProtocol, isConnectContentType } from "./connect.ts";
import { answerRest } from "./gateway.ts";
import { type Generation, grpcProtocol, grpcWebProtocol } from "./grpc.ts";
import type { Invoker } from "./invoke.ts";
import type { RpcProtocol } from "./protocol.ts";
import { findMethod, isServed, type ServiceRegistry } from "./service-registry.ts";

/** What it takes to find and run a call. */
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
  /** Absent where the server has no such service. */
  readonly service: DescService | undefined;
}

/** Answers a request whose path may name an RPC. */
export async function dispatch(dispatcher: Dispatcher, request: HttpRequest): Promise<HttpResponse> {
  const [, typeName = "", name = ""] = /^\/([\w.]+)\/(\w+)$/.exec(request.path) ?? [];
  const service = isServed(typeName) ? await dispatcher.registry.find(typeName) : undefined;
  const target = { typeName, name, service };
  const answer = service === undefined || isV1(typeName) ? answerV1 : answerV2;
  return await answer(dispatcher, request, target);
}

/** Services of the first API and the experimental ones of the third are not there over Connect. */
function isV1(typeName: string): boolean {
  return /^zitadel\..*\bv(1|3alpha)\./.test(typeName);
}

async function answerV2(
  dispatcher: Dispatcher,
  request: HttpRequest,
  { service, name }: Target,
): Promise<HttpResponse> {
  const method = findMethod(service, name);
  if (method === undefined) return respondText(404, "404 page not found");
  if (request.method !== "POST") return respondEmpty(405, { allow: "POST" });
  const protocol = protocolOf(request, "v2");
  if (protocol === undefined) return respondEmpty(415, { "accept-post": ACCEPTED_TYPES });
  return await answerCall(dispatcher, protocol, method, request);
}

/** Behind the v1 services stands a REST gateway: it gets all that is not gRPC, and knows no path of an RPC. */
async function answerV1(dispatcher: Dispatcher, request: HttpRequest, target: Target): Promise<HttpResponse> {
  const { typeName, name, service } = target;
  const protocol = protocolOf(request, "v1");
  if (protocol === undefined || protocol === connectProtocol || request.method !== "POST") {
    const rest = await answerRest(dispatcher, request);
    if (rest !== undefined) return rest;
    const response = respondJson(404, { code: Code.NotFound, message: "Not Found" });
    response.headers.set("x-request-id", randomUUID());
    return response;
  }
  const method = findMethod(service, name);
  if (method !== undefined) return await answerCall(dispatcher, protocol, method, request);
  const unknown =
    service === undefined ? `unknown service ${typeName}` : `unknown method ${name} for service ${typeName}`;
  return protocol.write(request, {
    result: new ConnectError(unknown, Code.Unimplemented),
    headers: new Headers(),
    trailers: new Headers(),
    requestId: undefined,
  });
}

/** gRPC needs the trailers of HTTP/2. */
function protocolOf({ headers, httpVersion }: HttpRequest, generation: Generation): RpcProtocol | undefined {
  const contentType = headers.get("content-type") ?? "";
  if (/^application\/grpc-web(\+|$)/.test(contentType)) return grpcWebProtocol(generation);
  if (/^application\/grpc(\+|$)/.test(contentType))
    return httpVersion === "2" ? grpcProtocol(generation) : undefined;
  return isConnectContentType(contentType) ? connectProtocol : undefined;
}
