import { randomUUID } from "node:crypto";
import { findInstance } from "./instance.ts";
import {
  type HttpRequest,
  type HttpResponse,
  respond,
  respondEmpty,
  respondJson,
  respondText,
} from "./net/http.ts";
import { discoveryDocument } from "./oidc/discovery.ts";
import { answerTokenRequest, type TokenEndpoint } from "./oidc/token-endpoint.ts";
import { keySet } from "./oidc/web-key.ts";
import { type Dispatcher, dispatch } from "./rpc/dispatch.ts";

/** All that the emulator serves. */
export interface Routes extends Dispatcher, TokenEndpoint {}

type Route = (routes: Routes, request: HttpRequest, issuer: string) => Promise<HttpResponse>;

/** The documents and endpoints of OpenID Connect, which each instance has. */
const OIDC: Readonly<Record<string, Route>> = {
  "/.well-known/openid-configuration": async (_, __, issuer) =>
    respond(200, "application/json", `${JSON.stringify(discoveryDocument(issuer))}\n`),
  "/oauth/v2/keys": async ({ webKey }) => respondJson(200, await keySet(webKey)),
  "/oauth/v2/token": answerTokenRequest,
};

const HEALTH: Readonly<Record<string, HttpResponse>> = {
  "/debug/healthz": respond(200, "text/plain; charset=utf-8", "ok"),
  "/debug/ready": respondJson(200, "ok"),
};

/** Answers a request. */
export async function route(routes: Routes, request: HttpRequest): Promise<HttpResponse> {
  const { path } = request;
  if (path.includes("//")) return respondEmpty(301, { location: path.replaceAll(/\/{2,}/g, "/") });
  const health = HEALTH[path];
  if (health !== undefined) return health;
  const oidc = OIDC[path];
  return oidc === undefined ? await dispatch(routes, request) : await forInstance(oidc, routes, request);
}

async function forInstance(answer: Route, routes: Routes, request: HttpRequest): Promise<HttpResponse> {
  const instance = findInstance(request, routes.domains);
  const response =
    typeof instance === "string"
      ? respondText(404, instance)
      : await answer(routes, request, instance.origin);
  response.headers.set("x-request-id", randomUUID());
  return response;
}
