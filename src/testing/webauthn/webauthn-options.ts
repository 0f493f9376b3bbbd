import { randomBytes } from "node:crypto";
import type { JsonObject } from "@bufbuild/protobuf";
import type { SecurityKey } from "../state/model/auth-methods.ts";

/** COSE's numbers of the algorithms that the server offers. */
const ALGORITHMS = [-7, -35, -36, -257, -258, -259, -37, -38, -39, -8];

const TIMEOUT_MS = 300_000;
const TIMEOUT_WITHOUT_VERIFICATION_MS = 120_000;

/** Something new to sign, in base64url. */
export function newChallenge(): string {
  return randomBytes(32).toString("base64url");
}

/** What a browser makes a new credential by (WebAuthn, section 5.4). */
export function creationOptions(options: {
  readonly challenge: string;
  readonly rpId: string;
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string };
  readonly attachment: "platform" | "cross-platform" | undefined;
  /** Keys that the user has already. */
  readonly exclude: readonly SecurityKey[];
}): JsonObject {
  const { challenge, rpId, user, attachment, exclude } = options;
  return {
    publicKey: {
      rp: { name: "ZITADEL", id: rpId },
      user: { ...user, id: Buffer.from(user.id).toString("base64url") },
      challenge,
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
      timeout: TIMEOUT_MS,
      ...(exclude.length === 0 ? {} : { excludeCredentials: descriptors(exclude) }),
      authenticatorSelection: {
        ...(attachment === undefined ? {} : { authenticatorAttachment: attachment }),
        userVerification: "required",
      },
      attestation: "none",
    },
  };
}

/** What a browser asks for an assertion by (WebAuthn, section 5.5). */
export function requestOptions(options: {
  readonly challenge: string;
  readonly rpId: string;
  readonly userVerification: "required" | "preferred" | "discouraged";
  readonly allow: readonly SecurityKey[];
}): JsonObject {
  const { challenge, rpId, userVerification, allow } = options;
  const timeout = userVerification === "discouraged" ? TIMEOUT_WITHOUT_VERIFICATION_MS : TIMEOUT_MS;
  const allowCredentials = descriptors(allow);
  return { publicKey: { challenge, timeout, rpId, allowCredentials, userVerification } };
}

function descriptors(keys: readonly SecurityKey[]): JsonObject[] {
  return keys.map(({ credential }) => ({ type: "public-key", id: credential?.id ?? "" }));
}
