import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import type { AccessToken } from "../token-source.ts";

/** The first byte of a sealed token: the version of the format. */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Who a token was issued to, and for what. Each binding has its own entry in the store. */
export interface TokenBinding {
  /** The secret or private key that obtained it: whoever has it could obtain the token anyway. */
  readonly secret: string | KeyObject;
  /** The instance, the user, the scopes, and whatever else distinguishes the token. */
  readonly context: readonly unknown[];
}

/** Seals tokens for a store with AES-256-GCM, under a name that reveals nothing. */
export class TokenSeal {
  /** The name of the entry: 32 hexadecimal digits. */
  readonly name: string;
  readonly #key: Buffer;
  readonly #context: Buffer;

  /** Derives the name and the key from the secret (HKDF with SHA-256, RFC 5869). */
  constructor({ secret, context }: TokenBinding) {
    this.#context = Buffer.from(JSON.stringify(context));
    const salt = createHash("sha256").update(this.#context).digest();
    const input = typeof secret === "string" ? secret : secret.export({ format: "der", type: "pkcs8" });
    const derive = (info: string, length: number): Buffer =>
      Buffer.from(hkdfSync("sha256", input, salt, `zitadel-connect token store: ${info}`, length));
    this.name = derive("name", 16).toString("hex");
    this.#key = derive("key", 32);
  }

  seal({ token, expiresAt }: AccessToken): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce).setAAD(this.#context);
    const sealed = [cipher.update(JSON.stringify({ token, expiresAt })), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat([Buffer.of(VERSION), nonce, ...sealed]).toString("base64url");
  }

  /** Returns the token; undefined for anything that was not sealed with the same secret and binding. */
  open(text: unknown): AccessToken | undefined {
    if (typeof text !== "string") return undefined;
    const bytes = Buffer.from(text, "base64url");
    if (bytes[0] !== VERSION || bytes.length < 1 + NONCE_BYTES + TAG_BYTES) return undefined;
    const end = bytes.length - TAG_BYTES;
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.#key, bytes.subarray(1, 1 + NONCE_BYTES))
        .setAAD(this.#context)
        .setAuthTag(bytes.subarray(end));
      const opened = [decipher.update(bytes.subarray(1 + NONCE_BYTES, end)), decipher.final()];
      return JSON.parse(Buffer.concat(opened).toString());
    } catch {
      return undefined;
    }
  }
}
