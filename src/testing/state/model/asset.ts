/** An uploaded file: of a branding, or a user's avatar. */
export interface Asset {
  /** The id of the instance or of an organization. */
  readonly owner: string;
  /** For example `policy/label/logo-42`. */
  readonly name: string;
  readonly contentType: string;
  /** The MD5 digest of the content, in hexadecimal. */
  readonly hash: string;
  readonly content: Uint8Array;
  readonly changedAt: number;
}

/** The images and the font of a branding. */
export type LabelAsset = "Logo" | "LogoDark" | "Icon" | "IconDark" | "Font";
