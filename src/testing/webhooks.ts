import { createHmac } from "node:crypto";
import { CompactEncrypt, CompactSign } from "jose";
import type { NodeKey } from "../shared/node-key.ts";

/** A call that Zitadel's actions send to a target. */
export interface WebhookDelivery {
  /** The content, such as `{ fullMethod, userID, request }` or `{ event_type, aggregateID }`. */
  readonly content: object;
  /** The signing key of the target. With several, the call is signed with each, as while keys are rotated. */
  readonly signingKey: string | readonly string[];
  /** The format of the payload. Default: `json`. */
  readonly payload?: "json" | "jwt" | "jwe" | undefined;
  /** The instance's RSA key, which signs `jwt` and `jwe` payloads. */
  readonly webKey?: { readonly id: string; readonly privateKey: NodeKey } | undefined;
  /** The target's RSA or EC key, which encrypts `jwe` payloads. */
  readonly encryptionKey?: { readonly id: string; readonly publicKey: NodeKey } | undefined;
  /** The time of the signature, in milliseconds since the epoch. Default: now. */
  readonly at?: number | undefined;
}

/** A signed call, ready to be sent. */
export interface SignedWebhook {
  readonly body: string;
  readonly headers: Readonly<Record<"content-type" | "zitadel-signature", string>>;
}

/** Creates a call with its signatures. */
export async function signWebhook(delivery: WebhookDelivery): Promise<SignedWebhook> {
  const body = await pack(delivery);
  const seconds = Math.floor((delivery.at ?? Date.now()) / 1000);
  const signatures = [delivery.signingKey].flat().map((key) => {
    return `v1=${createHmac("sha256", key).update(`${seconds}.${body}`).digest("hex")}`;
  });
  return {
    body,
    // Zitadel sends this content type for all payloads.
    headers: {
      "content-type": "application/json",
      "zitadel-signature": [`t=${seconds}`, ...signatures].join(","),
    },
  };
}

/** Sends a call to a target, as Zitadel does. */
export async function sendWebhook(
  url: string | URL,
  delivery: WebhookDelivery,
  options: { readonly fetch?: typeof fetch | undefined } = {},
): Promise<Response> {
  const { body, headers } = await signWebhook(delivery);
  return await (options.fetch ?? fetch)(url, { method: "POST", body, headers });
}

async function pack({ content, payload = "json", webKey, encryptionKey }: WebhookDelivery): Promise<string> {
  const json = JSON.stringify(content);
  if (payload === "json") return json;
  if (webKey === undefined) throw new TypeError(`webKey: needed for payload "${payload}"`);
  const jwt = await new CompactSign(Buffer.from(json))
    .setProtectedHeader({ alg: "RS256", kid: webKey.id })
    .sign(webKey.privateKey);
  if (payload === "jwt") return jwt;
  if (encryptionKey === undefined) throw new TypeError('encryptionKey: needed for payload "jwe"');
  const alg = encryptionKey.publicKey.asymmetricKeyType === "ec" ? "ECDH-ES+A256KW" : "RSA-OAEP-256";
  return await new CompactEncrypt(Buffer.from(jwt))
    .setProtectedHeader({ alg, enc: "A256GCM", cty: "JWT", kid: encryptionKey.id })
    .encrypt(encryptionKey.publicKey);
}
