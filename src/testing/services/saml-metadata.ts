import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";

/** The metadata in a request: the XML itself, or its URL. */
export type Metadata =
  | { case: "metadataXml"; value: Uint8Array }
  | { case: "metadataUrl"; value: string }
  | { case: undefined; value?: undefined };

/** Reads the metadata in a request, or fetches it from its URL. `unreachable`: the error id if fetching fails. */
export async function readMetadata(metadata: Metadata, unreachable: string): Promise<Uint8Array> {
  if (metadata.case === "metadataXml") return metadata.value;
  if (metadata.case !== "metadataUrl" || metadata.value === "") return new Uint8Array();
  try {
    const response = await fetch(metadata.value);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch {
    // The error is the same as for an HTTP error status.
  }
  throw zitadelError(Code.InvalidArgument, unreachable, "SAML metadata is missing");
}
