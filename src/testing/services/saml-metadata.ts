import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";

/** How a request gives metadata: as they are, or where they are. */
export type Metadata =
  | { case: "metadataXml"; value: Uint8Array }
  | { case: "metadataUrl"; value: string }
  | { case: undefined; value?: undefined };

/** The server asks for the metadata itself where it is given a URL; the id is that of its refusal when nobody responds. */
export async function readMetadata(metadata: Metadata, unreachable: string): Promise<Uint8Array> {
  if (metadata.case === "metadataXml") return metadata.value;
  if (metadata.case !== "metadataUrl" || metadata.value === "") return new Uint8Array();
  try {
    const response = await fetch(metadata.value);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch {
    // It answers the same as for a bad status.
  }
  throw zitadelError(Code.InvalidArgument, unreachable, "SAML metadata is missing");
}
