/** The authentication methods of a user besides the password, and the codes to set them up. */
export interface AuthMethods {
  totp: TotpFactor | undefined;
  otpSms: OtpFactor | undefined;
  otpEmail: OtpFactor | undefined;
  /** Undefined if none were ever created, or they were removed. */
  recoveryCodes: RecoveryCodes | undefined;
  /** By id, in the order in which they were registered. */
  readonly securityKeys: Map<string, SecurityKey>;
  /** By the ids of the provider and of the account there. */
  readonly idpLinks: Map<string, IdpLink>;
  passwordCode: Code | undefined;
  invite: Invite | undefined;
  /** Codes to register passkeys, by id. */
  readonly passkeyCodes: Map<string, Code>;
}

interface Factor {
  /** The sequence of the event that added it. */
  readonly sequence: number;
}

/** An authenticator app (TOTP, RFC 6238). */
export interface TotpFactor extends Factor {
  /** In base32. */
  readonly secret: string;
  /** Whether the user has confirmed it with a code. */
  ready: boolean;
  failedAttempts: number;
}

/** One-time passwords that are sent by SMS or email. */
export interface OtpFactor extends Factor {
  failedAttempts: number;
}

/** Single-use codes that replace a second factor. */
export interface RecoveryCodes {
  codes: readonly string[];
  failedAttempts: number;
}

/** A WebAuthn key, used alone (`passkey`) or as a second factor (`u2f`). It is ready once it has a credential. */
export interface SecurityKey extends Factor {
  readonly type: "passkey" | "u2f";
  readonly id: string;
  readonly rpId: string;
  /** The challenge of the registration, in base64url. */
  readonly challenge: string;
  name: string;
  credential: WebAuthnCredential | undefined;
}

/** A registered WebAuthn credential. */
export interface WebAuthnCredential {
  /** In base64url. */
  readonly id: string;
  /** A COSE key (RFC 9052). */
  readonly publicKey: Uint8Array;
  readonly signCount: number;
}

/** An account at an identity provider that the user can sign in with. */
export interface IdpLink {
  readonly idpId: string;
  readonly externalId: string;
  readonly displayName: string;
}

/** A code that proves that its recipient has access to an address. */
export interface Code {
  readonly text: string;
  readonly expiresAt: number;
  /** The lifetime with which it was created. */
  readonly lifetimeMs: number;
}

/** An invitation for a user who has no authentication method yet. */
export interface Invite {
  /** Undefined once it has been used, or there were too many failed attempts. */
  code: Code | undefined;
  /** Whether it was returned to the caller instead of sent to the user. */
  returned: boolean;
  failedAttempts: number;
}
