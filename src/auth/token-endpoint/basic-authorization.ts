import { formEncode } from "../../shared/redact.ts";

/** HTTP Basic for a client, each part form-urlencoded first (RFC 6749 section 2.3.1), and what to keep secret of it. */
export function basicAuthorization(
  clientId: string,
  clientSecret: string,
): { readonly authorization: string; readonly secrets: readonly string[] } {
  const encoded = Buffer.from(`${formEncode(clientId)}:${formEncode(clientSecret)}`).toString("base64");
  return { authorization: `Basic ${encoded}`, secrets: [clientSecret, encoded] };
}
