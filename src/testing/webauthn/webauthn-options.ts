import { randomBytes } from "node:crypto";
import type { JsonObject } from "@bufbuild/protobuf";
import type { SecurityKey } from "../state/model/auth-methods.ts";

/** The COSE numbers of the algorithms that the server offers. */
const ALGORITHMS = [-7, -35, -36, -257, -258, -259, -37, -38, -39, -8];

const TIMEOUT_MS = 300_000;
const TIMEOUT_WITHOUT_VERIFICATION_MS = 120_000;

/** Creates a challenge, in base64url. */
export function newChallenge(): string {
  return randomBytes(32).toString("base64url");
}

/** Creates the options with which a browser creates a credential (WebAuthn, section 5.4). */
export function createCreationOptions(options: {
  readonly challenge: string;
  readonly rpId: string;
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string };
  readonly attachment: "platform" | "cross-platform" | undefined;
  /** The keys that the user already has. */
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
      ...(exclude.length === 0 ? {} : { excludeCredentials: toDescriptors(exclude) }),
      authenticatorSelection: {
        ...(attachment === undefined ? {} : { authenticatorAttachment: attachment }),
        userVerification: "required",
      },
      attestation: "none",
    },
  };
}

/** Creates the options with which a browser creates an assertion (WebAuthn, section 5.5). */
export function createRequestOptions(options: {
  readonly challenge: string;
  readonly rpId: string;
  readonly userVerification: "required" | "preferred" | "discouraged";
  readonly allow: readonly SecurityKey[];
}): JsonObject {
  const { challenge, rpId, userVerification, allow } = options;
  const timeout = userVerification === "discouraged" ? TIMEOUT_WITHOUT_VERIFICATION_MS : TIMEOUT_MS;
  const allowCredentials = toDescriptors(allow);
  return { publicKey: { challenge, timeout, rpId, allowCredentials, userVerification } };
}

function toDescriptors(keys: readonly SecurityKey[]): JsonObject[] {
  return keys.map(({ credential }) => ({ type: "public-key", id: credential?.id ?? "" }));
}
