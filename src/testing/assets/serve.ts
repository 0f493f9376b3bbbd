import { checkDeclaredPermission } from "../access/permissions.ts";
import { authenticateBearer, type Identity } from "../authenticate.ts";
import { type HttpRequest, type HttpResponse, respond, respondEmpty, respondText } from "../net/http.ts";
import { ASSETS_PATH } from "../services/asset-urls.ts";
import { findAsset, toAvatarName } from "../state/assets.ts";
import type { Asset } from "../state/model/asset.ts";
import type { Store } from "../state/model/store.ts";
import { findPolicy } from "../state/policies.ts";
import type { SystemUsers } from "../system-users.ts";
import { type Endpoint, findEndpoint } from "./endpoint.ts";
import { describeError } from "./error-text.ts";
import { handleUpload } from "./upload.ts";

interface Served {
  readonly store: Store;
  readonly systemUsers: SystemUsers;
}

/** Handles a request for files of the instance: uploads, reads of what the caller may see, and public reads. */
export async function handleAssets(served: Served, request: HttpRequest): Promise<HttpResponse> {
  const response = await handle(served, request);
  if (response.status >= 400 && response.body !== "" && response.body !== PAGE_NOT_FOUND.body) {
    response.headers.set("cache-control", "no-store");
  }
  return response;
}

const PAGE_NOT_FOUND = respondText(404, "404 page not found");

async function handle({ store, systemUsers }: Served, request: HttpRequest): Promise<HttpResponse> {
  const path = request.path.slice(ASSETS_PATH.length);
  const endpoint = findEndpoint(path);
  const isRead = request.method === "GET";
  const isUpload =
    request.method === "POST" && endpoint !== undefined && !("isPreview" in endpoint && endpoint.isPreview);
  if (path === "/" || path === "") return PAGE_NOT_FOUND;
  if (!isRead && !isUpload) return respondEmpty(405, {});
  if (endpoint === undefined) return servePublic(store, request, path);
  try {
    const identity = await authorize({ store, systemUsers }, request, endpoint);
    if (isUpload) return await handleUpload(store, request, endpoint, identity);
    return serve(store, request, endpoint, identity);
  } catch (error) {
    return respondText(401, describeError(error));
  }
}

async function authorize(
  { store, systemUsers }: Served,
  { headers, method }: HttpRequest,
  { of }: Endpoint,
): Promise<Identity> {
  const identity = await authenticateBearer(store, systemUsers, headers);
  if (of === "user") return identity;
  const permission = `${of === "org" ? "" : "iam."}policy.${method === "POST" ? "write" : "read"}`;
  checkDeclaredPermission(store, identity, permission);
  return identity;
}

/** Serves the current file of the caller's organization, of the instance or of the caller. */
function serve(
  store: Store,
  request: HttpRequest,
  endpoint: Endpoint,
  { caller, organizationId }: Identity,
): HttpResponse {
  if (endpoint.of === "user") {
    const { userId = "", organizationId: owner = "" } = caller ?? {};
    return serveAsset(request, findAsset(store, owner, toAvatarName(userId)));
  }
  const { of, asset, isPreview } = endpoint;
  // The server always reads the preview of a font from the instance.
  const isOfOrganization = of === "org" && !(isPreview && asset === "Font");
  const policy = findPolicy(
    store,
    isPreview ? "labelPreview" : "label",
    isOfOrganization ? organizationId : undefined,
  );
  const name = policy.assets?.[asset];
  if (name === undefined) return fileNotFound("");
  return serveAsset(request, findAsset(store, policy.resourceOwner, name));
}

/** Serves the file that the path names to anybody. */
function servePublic(store: Store, request: HttpRequest, path: string): HttpResponse {
  const [, owner = "", name] = /^\/([^/]+)(?:\/(.*))?$/.exec(path) ?? [];
  if (name === undefined) return respondText(404, `invalid request URI format: ${request.path}`);
  return name === "" ? fileNotFound("") : serveAsset(request, findAsset(store, owner, name));
}

function fileNotFound(name: string): HttpResponse {
  return respondText(404, `file not found: ${name}`);
}

function serveAsset({ headers }: HttpRequest, asset: Asset | undefined): HttpResponse {
  if (asset === undefined) return respondText(404, "ID=DATAB-pCP8P Message=Object could not be found");
  const { hash, changedAt, contentType, content } = asset;
  const lastModified = new Date(changedAt).toUTCString().replace("GMT", "UTC");
  const validators = { etag: `"${hash}"`, "last-modified": lastModified };
  if ((headers.get("if-none-match") ?? "").replaceAll('"', "") === hash) {
    return respondEmpty(304, { ...validators, "cache-control": "public, max-age=5, s-maxage=604800" });
  }
  return respond(200, contentType, content, validators);
}
