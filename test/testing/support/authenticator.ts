import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type { JsonObject } from "@bufbuild/protobuf";

/** The type of an authenticator's key; the names are those of JWS. */
export type KeyAlgorithm = "ES256" | "ES384" | "ES512" | "RS256" | "EdDSA";

/** How an authenticator misbehaves. */
export interface Deviation {
  readonly challenge?: string;
  readonly rpId?: string;
  readonly origin?: string;
  readonly type?: string;
  readonly userPresent?: boolean;
  readonly userVerified?: boolean;
  readonly format?: "none" | "packed" | "unknown";
  readonly tamper?: boolean;
  readonly userHandle?: string;
}

const CURVES = { ES256: "P-256", ES384: "P-384", ES512: "P-521" } as const;
const CURVE_NUMBERS = { ES256: 1, ES384: 2, ES512: 3 } as const;
const ALGORITHMS = { ES256: -7, ES384: -35, ES512: -36, RS256: -257, EdDSA: -8 } as const;
const HASHES = { ES256: "sha256", ES384: "sha384", ES512: "sha512", RS256: "sha256", EdDSA: null } as const;

/** A security key that registers one credential and signs with it (WebAuthn, section 6). */
export class Authenticator {
  readonly id = randomBytes(16);
  readonly #algorithm: KeyAlgorithm;
  readonly #privateKey: KeyObject;
  readonly #publicKey: Uint8Array;
  #signCount = 0;

  constructor(algorithm: KeyAlgorithm = "ES256") {
    const pair =
      algorithm === "RS256"
        ? generateKeyPairSync("rsa", { modulusLength: 2048 })
        : algorithm === "EdDSA"
          ? generateKeyPairSync("ed25519")
          : generateKeyPairSync("ec", { namedCurve: CURVES[algorithm] });
    this.#algorithm = algorithm;
    this.#privateKey = pair.privateKey;
    this.#publicKey = coseKey(algorithm, pair.publicKey);
  }

  /** What the browser returns for `publicKeyCredentialCreationOptions`. */
  register(options: JsonObject, deviation: Deviation = {}): JsonObject {
    const { challenge, rp } = options["publicKey"] as { challenge: string; rp: { id: string } };
    const clientData = this.#clientData("webauthn.create", challenge, rp.id, deviation);
    const attested = Buffer.concat([
      Buffer.alloc(16),
      Buffer.from([0, this.id.length]),
      this.id,
      this.#publicKey,
    ]);
    const authData = this.#authenticatorData(rp.id, attested, deviation);
    const format = deviation.format ?? "none";
    const signature = this.#sign(authData, clientData, deviation);
    const statement =
      format === "none"
        ? []
        : [
            ["alg", ALGORITHMS[this.#algorithm]],
            ["sig", signature],
          ];
    const attestationObject = cborMap([
      ["fmt", format],
      ["attStmt", new Map(statement as [string, unknown][])],
      ["authData", authData],
    ]);
    return this.#response({ attestationObject, clientDataJSON: clientData });
  }

  /** What the browser returns for `publicKeyCredentialRequestOptions`. */
  assert(options: JsonObject, deviation: Deviation = {}): JsonObject {
    const { challenge, rpId } = options["publicKey"] as { challenge: string; rpId: string };
    const clientData = this.#clientData("webauthn.get", challenge, rpId, deviation);
    const authenticatorData = this.#authenticatorData(rpId, undefined, deviation);
    const { userHandle } = deviation;
    return this.#response({
      authenticatorData,
      clientDataJSON: clientData,
      signature: this.#sign(authenticatorData, clientData, deviation),
      ...(userHandle === undefined ? {} : { userHandle: Buffer.from(userHandle) }),
    });
  }

  #clientData(type: string, challenge: string, rpId: string, deviation: Deviation): Buffer {
    const origin = `https://${rpId}`;
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...pick(deviation) }));
  }

  #authenticatorData(rpId: string, attested: Uint8Array | undefined, deviation: Deviation): Buffer {
    const { userPresent = true, userVerified = true } = deviation;
    const flags = Number(userPresent) | (Number(userVerified) << 2) | (attested === undefined ? 0 : 0x40);
    this.#signCount += 1;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.#signCount);
    const hash = sha256(Buffer.from(deviation.rpId ?? rpId));
    return Buffer.concat([hash, Buffer.from([flags]), counter, attested ?? new Uint8Array()]);
  }

  #sign(data: Uint8Array, clientData: Uint8Array, { tamper = false }: Deviation): Buffer {
    const signed = Buffer.concat([data, sha256(clientData), Buffer.from(tamper ? "x" : "")]);
    return sign(HASHES[this.#algorithm], signed, this.#privateKey);
  }

  #response(parts: Readonly<Record<string, Uint8Array>>): JsonObject {
    const response = Object.fromEntries(
      Object.entries(parts).map(([name, bytes]) => [name, base64url(bytes)]),
    );
    return { id: base64url(this.id), rawId: base64url(this.id), type: "public-key", response };
  }
}

function pick({ type, challenge, origin }: Deviation): JsonObject {
  return {
    ...(type === undefined ? {} : { type }),
    ...(challenge === undefined ? {} : { challenge }),
    ...(origin === undefined ? {} : { origin }),
  };
}

function coseKey(algorithm: KeyAlgorithm, key: KeyObject): Uint8Array {
  const { x = "", y = "", n = "", e = "" } = key.export({ format: "jwk" });
  const bytes = (text: string): Buffer => Buffer.from(text, "base64url");
  const alg = ALGORITHMS[algorithm];
  if (algorithm === "RS256")
    return cborMap([
      [1, 3],
      [3, alg],
      [-1, bytes(n)],
      [-2, bytes(e)],
    ]);
  if (algorithm === "EdDSA")
    return cborMap([
      [1, 1],
      [3, alg],
      [-1, 6],
      [-2, bytes(x)],
    ]);
  return cborMap([
    [1, 2],
    [3, alg],
    [-1, CURVE_NUMBERS[algorithm]],
    [-2, bytes(x)],
    [-3, bytes(y)],
  ]);
}

function cborMap(entries: [number | string, unknown][]): Buffer {
  return Buffer.concat([head(5, entries.length), ...entries.flat().map(cbor)]);
}

function cbor(value: unknown): Buffer {
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string")
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Map) return cborMap([...value] as [string, unknown][]);
  const bytes = value as Uint8Array;
  return Buffer.concat([head(2, bytes.length), bytes]);
}

function head(major: number, count: number): Buffer {
  if (count < 24) return Buffer.from([(major << 5) | count]);
  if (count < 0x100) return Buffer.from([(major << 5) | 24, count]);
  return Buffer.from([(major << 5) | 25, count >> 8, count & 0xff]);
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}
