import { Code, ConnectError } from "@connectrpc/connect";
import type { Identity } from "../authenticate.ts";
import { zitadelError } from "../errors.ts";
import { type HttpRequest, type HttpResponse, respondEmpty, respondText } from "../net/http.ts";
import { addAvatar, addLabelAsset, requireLabel, type Upload } from "../state/assets.ts";
import type { LabelAsset } from "../state/model/asset.ts";
import type { Store } from "../state/model/store.ts";
import { detectContentType } from "./content-type.ts";
import type { Endpoint } from "./endpoint.ts";
import { describeError } from "./error-text.ts";
import { removeExif } from "./remove-exif.ts";

const MAX_KB = 512;

/** Handles an upload: a form with a field `file`. */
export async function handleUpload(
  store: Store,
  request: HttpRequest,
  endpoint: Endpoint,
  identity: Identity,
): Promise<HttpResponse> {
  const content = await readFile(request);
  if (typeof content === "string") return respondText(400, content);
  const contentType = detectContentType(content);
  const allowed = endpoint.of !== "user" && endpoint.asset === "Font" ? FONTS : IMAGES;
  if (!allowed.test(contentType)) return respondText(400, `invalid content-type: ${contentType}`);
  if (content.length > MAX_KB * 1024) return respondText(400, `file too big, max file size is ${MAX_KB}KB`);
  try {
    store.events.run(identity.caller?.userId ?? "", () =>
      keep(store, endpoint, identity, { contentType, content }),
    );
  } catch (error) {
    return respondText(ConnectError.from(error).code === Code.NotFound ? 404 : 500, describeError(error));
  }
  return respondEmpty(200, {});
}

const IMAGES = /^image\//;
const FONTS = /^(font\/|application\/octet-stream)/;

/** Reads the file of a form. Returns a text if something is wrong with the form. */
async function readFile({ headers, body }: HttpRequest): Promise<Uint8Array | string> {
  const contentType = headers.get("content-type") ?? "";
  if (!/^multipart\/form-data\b/i.test(contentType)) return "request Content-Type isn't multipart/form-data";
  if (!/\bboundary=/i.test(contentType)) return "no multipart boundary param in Content-Type";
  if (body.length === 0) return "multipart: NextPart: EOF";
  try {
    const form = await new Response(Buffer.from(body), {
      headers: { "content-type": contentType },
    }).formData();
    const file = form.get("file");
    return file instanceof File ? new Uint8Array(await file.arrayBuffer()) : "http: no such file";
  } catch {
    return "unexpected EOF";
  }
}

function keep(store: Store, endpoint: Endpoint, { caller, organizationId }: Identity, upload: Upload): void {
  if (endpoint.of === "user") {
    const user = store.users.get(caller?.userId ?? "");
    if (user === undefined || user.resourceOwner !== organizationId) {
      throw zitadelError(Code.NotFound, "USER-vJ3fS", "Errors.Users.NotFound");
    }
    addAvatar(store, user, withoutExif(upload, "USER-1Xyud"));
    return;
  }
  const { of, asset } = endpoint;
  // Whoever may write an organization's settings does so in one that exists.
  const owner = of === "org" ? (store.organizations.get(organizationId) ?? store.instance) : store.instance;
  requireLabel(store, owner, asset);
  addLabelAsset(store, owner, asset, withoutExif(upload, NOT_KEPT[asset][of === "org" ? 1 : 0]));
}

/** The error ids for broken images. */
const NOT_KEPT: Readonly<Record<LabelAsset, readonly [ofInstance: string, ofOrganization: string]>> = {
  Logo: ["INSTANCE-3m20c", "INST-4N3nf"],
  LogoDark: ["INSTANCE-4fMs9", "INST-3S7fN"],
  Icon: ["INSTANCE-yxE4f", "INST-4BS7f"],
  IconDark: ["INSTANCE-1cxM3", "INST-4B7cs"],
  Font: ["INSTANCE-1N8fs", "ORG-2f9fw"],
};

function withoutExif({ contentType, content }: Upload, refusal: string): Upload {
  try {
    return { contentType, content: removeExif(contentType, content) };
  } catch {
    throw zitadelError(Code.Internal, refusal, "Object not created");
  }
}
