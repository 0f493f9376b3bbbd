import { randomUUID } from "node:crypto";
import { findInstance } from "./instance.ts";
import { allowOrigin, respondPreflight } from "./net/cors.ts";
import {
  type HttpRequest,
  type HttpResponse,
  respond,
  respondEmpty,
  respondJson,
  respondText,
} from "./net/http.ts";
import { handleAuthorization } from "./oidc/authorize.ts";
import { handleDeviceAuthorization } from "./oidc/device-authorization.ts";
import { createDiscoveryDocument } from "./oidc/discovery.ts";
import { handleEndSession } from "./oidc/end-session.ts";
import { handleIntrospection } from "./oidc/introspection.ts";
import { handleRevocation } from "./oidc/revocation.ts";
import { handleTokenRequest } from "./oidc/token-endpoint.ts";
import type { TokenIssuer } from "./oidc/tokens.ts";
import { handleUserinfo } from "./oidc/userinfo.ts";
import { createKeySet } from "./oidc/web-key.ts";
import { type Dispatcher, dispatch } from "./rpc/dispatch.ts";
import { ASSETS_PATH } from "./services/asset-urls.ts";
import { isBlocked } from "./state/limits.ts";

/** Everything that the emulator serves. */
export interface Routes extends Dispatcher, TokenIssuer {}

type Route = (routes: Routes, request: HttpRequest, issuer: string) => Promise<HttpResponse>;

const KEYS_CACHING = { "cache-control": "max-age=300, must-revalidate" };

/** The documents and endpoints of OpenID Connect, which each instance has. */
const OIDC: Readonly<Record<string, Route>> = {
  "/.well-known/openid-configuration": async (_, __, issuer) =>
    respond(200, "application/json", `${JSON.stringify(createDiscoveryDocument(issuer))}\n`),
  "/oauth/v2/keys": async ({ store }) =>
    respond(200, "application/json", JSON.stringify(await createKeySet(store)), KEYS_CACHING),
  "/oauth/v2/token": handleTokenRequest,
  "/oauth/v2/introspect": handleIntrospection,
  "/oauth/v2/revoke": handleRevocation,
  "/oauth/v2/authorize": handleAuthorization,
  "/oauth/v2/device_authorization": handleDeviceAuthorization,
  "/oidc/v1/userinfo": handleUserinfo,
  "/oidc/v1/end_session": handleEndSession,
  "/idps/callback": async (...call) => await (await import("./idp/callback.ts")).handleIdpCallback(...call),
};

const HEALTH: Readonly<Record<string, HttpResponse>> = {
  "/debug/healthz": respond(200, "text/plain; charset=utf-8", "ok"),
  "/debug/ready": respondJson(200, "ok"),
};

/** Handles a request. */
export async function route(routes: Routes, request: HttpRequest): Promise<HttpResponse> {
  const { path } = request;
  if (path.includes("//")) return respondEmpty(301, { location: path.replaceAll(/\/{2,}/g, "/") });
  const health = HEALTH[path];
  if (health !== undefined) return health;
  const preflight = respondPreflight(request);
  if (preflight !== undefined) return preflight;
  const oidc = OIDC[path];
  const isRpc = oidc === undefined && !path.startsWith(`${ASSETS_PATH}/`);
  const response = isRpc
    ? await dispatch(routes, request)
    : oidc === undefined
      ? await respondForInstance(serveAssets, routes, request)
      : await respondUncached(oidc, routes, request);
  allowOrigin(request, response, isRpc);
  return response;
}

const serveAssets: Route = async (routes, request) =>
  (await import("./assets/serve.ts")).handleAssets(routes, request);

async function respondForInstance(
  handle: Route,
  routes: Routes,
  request: HttpRequest,
): Promise<HttpResponse> {
  const instance = findInstance(request, routes.store);
  if (typeof instance === "string") return respondText(404, instance);
  if (isBlocked(routes.store)) return respondText(429, "Your ZITADEL instance is blocked.");
  return await handle(routes, request, instance.origin);
}

async function respondUncached(handle: Route, routes: Routes, request: HttpRequest): Promise<HttpResponse> {
  const response = await respondForInstance(handle, routes, request);
  response.headers.set("x-request-id", randomUUID());
  if (typeof findInstance(request, routes.store) !== "string" && !response.headers.has("cache-control")) {
    response.headers.set("cache-control", "no-store");
    response.headers.set("pragma", "no-cache");
  }
  return response;
}
