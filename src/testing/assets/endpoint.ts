import type { LabelAsset } from "../state/model/asset.ts";

/** A place to upload a file to, and to read it from. */
export type Endpoint =
  | { readonly of: "user" }
  | { readonly of: "instance" | "org"; readonly asset: LabelAsset; readonly isPreview: boolean };

/** Finds the endpoint of a path below that of all files. Any other path is that of a file itself. */
export function findEndpoint(path: string): Endpoint | undefined {
  if (path === "/users/me/avatar") return { of: "user" };
  const match = /^\/(instance|org)\/policy\/label\/(logo|icon|logo\/dark|icon\/dark|font)(\/_preview)?$/.exec(
    path,
  );
  const asset = LABEL_PATHS[match?.[2] ?? ""];
  if (asset === undefined) return undefined;
  return { of: match?.[1] === "org" ? "org" : "instance", asset, isPreview: match?.[3] !== undefined };
}

const LABEL_PATHS: Readonly<Record<string, LabelAsset>> = {
  logo: "Logo",
  "logo/dark": "LogoDark",
  icon: "Icon",
  "icon/dark": "IconDark",
  font: "Font",
};
