import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";

/** The metadata in a request: the XML itself, or its URL. */
export type Metadata =
  | { case: "metadataXml"; value: Uint8Array }
  | { case: "metadataUrl"; value: string }
  | { case: undefined; value?: undefined };

/** The server fetches the metadata if it gets a URL; the id is that of the error if that fails. */
export async function readMetadata(metadata: Metadata, unreachable: string): Promise<Uint8Array> {
  if (metadata.case === "metadataXml") return metadata.value;
  if (metadata.case !== "metadataUrl" || metadata.value === "") return new Uint8Array();
  try {
    const response = await fetch(metadata.value);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch {
    // The response is the same as for a bad status.
  }
  throw zitadelError(Code.InvalidArgument, unreachable, "SAML metadata is missing");
}
