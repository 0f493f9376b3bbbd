import { createHmac } from "node:crypto";
import { CompactEncrypt, CompactSign } from "jose";
import type { NodeKey } from "../shared/node-key.ts";

/** A call of a target of Zitadel's actions, as Zitadel makes it. */
export interface WebhookDelivery {
  /** What the call is about, such as `{ fullMethod, userID, request }` or `{ event_type, aggregateID }`. */
  readonly content: object;
  /** The signing key of the target. Several: the call is signed with each, as while keys are rotated. */
  readonly signingKey: string | readonly string[];
  /** How the content is packed. Default: `json`. */
  readonly payload?: "json" | "jwt" | "jwe" | undefined;
  /** For `jwt` and `jwe`: the instance's key. An RSA key. */
  readonly webKey?: { readonly id: string; readonly privateKey: NodeKey } | undefined;
  /** For `jwe`: the target's key. RSA or EC. */
  readonly encryptionKey?: { readonly id: string; readonly publicKey: NodeKey } | undefined;
  /** When it is signed, in milliseconds since the epoch. Default: now. */
  readonly at?: number | undefined;
}

/** A call, ready to be sent. */
export interface SignedWebhook {
  readonly body: string;
  readonly headers: Readonly<Record<"content-type" | "zitadel-signature", string>>;
}

/** Makes a call of a target, with all of its signatures. */
export async function signWebhook(delivery: WebhookDelivery): Promise<SignedWebhook> {
  const body = await pack(delivery);
  const seconds = Math.floor((delivery.at ?? Date.now()) / 1000);
  const signatures = [delivery.signingKey].flat().map((key) => {
    return `v1=${createHmac("sha256", key).update(`${seconds}.${body}`).digest("hex")}`;
  });
  return {
    body,
    // Whatever the payload is, Zitadel says that it is JSON.
    headers: {
      "content-type": "application/json",
      "zitadel-signature": [`t=${seconds}`, ...signatures].join(","),
    },
  };
}

/** Calls a target at a URL, as Zitadel does. */
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
