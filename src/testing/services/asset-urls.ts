import type { Policy } from "../state/model/policy.ts";
import type { User } from "../state/model/user.ts";

/** The path below which an instance serves its files. */
export const ASSETS_PATH = "/assets/v1";

/** The URL of a file; empty if there is none. */
export function toAssetUrl(origin: string, owner: string, name: string | undefined): string {
  return name === undefined ? "" : `${origin}${ASSETS_PATH}/${owner}/${name}`;
}

/** The URL of a human's avatar; empty if there is none. */
export function toAvatarUrl(origin: string, { resourceOwner, human }: User): string {
  return toAssetUrl(origin, resourceOwner, human?.avatarKey);
}

/** The URLs of the images and the font of a branding, by their names in v1; each is empty if there is none. */
export function toLabelUrls(origin: string, { kind, assets, resourceOwner }: Policy) {
  if (kind !== "label" && kind !== "labelPreview") return undefined;
  const url = (name: string | undefined): string => toAssetUrl(origin, resourceOwner, name);
  return {
    logoUrl: url(assets?.Logo),
    logoUrlDark: url(assets?.LogoDark),
    iconUrl: url(assets?.Icon),
    iconUrlDark: url(assets?.IconDark),
    fontUrl: url(assets?.Font),
  };
}
