/** What a user signs in with besides the password, and what was handed out to set it up. */
export interface AuthMethods {
  totp: TotpFactor | undefined;
  otpSms: OtpFactor | undefined;
  otpEmail: OtpFactor | undefined;
  /** Undefined until there are some, and when they were removed. */
  recoveryCodes: RecoveryCodes | undefined;
  /** By their ids, in the order in which they were registered. */
  readonly securityKeys: Map<string, SecurityKey>;
  /** By the ids of the provider and of the user there. */
  readonly idpLinks: Map<string, IdpLink>;
  passwordCode: Code | undefined;
  invite: Invite | undefined;
  /** With which passkeys can be registered, by their ids. */
  readonly passkeyCodes: Map<string, Code>;
}

interface Factor {
  /** The number of the event that added it, among those of the user. */
  readonly sequence: number;
}

/** An app that shows one-time passwords (RFC 6238). */
export interface TotpFactor extends Factor {
  /** In base32. */
  readonly secret: string;
  /** The user has shown that the app has the secret. */
  ready: boolean;
  failedAttempts: number;
}

/** One-time passwords that are sent. */
export interface OtpFactor extends Factor {
  failedAttempts: number;
}

/** Codes that are each good for one time, in place of a second factor. */
export interface RecoveryCodes {
  codes: readonly string[];
  failedAttempts: number;
}

/** A key of WebAuthn: by itself (`passkey`) or besides a password (`u2f`). It is ready once it has a credential. */
export interface SecurityKey extends Factor {
  readonly type: "passkey" | "u2f";
  readonly id: string;
  readonly rpId: string;
  /** What the registration has to be signed for, in base64url. */
  readonly challenge: string;
  name: string;
  credential: WebAuthnCredential | undefined;
}

/** What an authenticator has registered. */
export interface WebAuthnCredential {
  /** In base64url. */
  readonly id: string;
  /** As COSE has it (RFC 9052). */
  readonly publicKey: Uint8Array;
  readonly signCount: number;
}

/** An account elsewhere, with which the user can sign in. */
export interface IdpLink {
  readonly idpId: string;
  readonly externalId: string;
  readonly displayName: string;
}

/** A text that proves that somebody has received it. */
export interface Code {
  readonly text: string;
  readonly expiresAt: number;
  /** For how long it was good when it was made. */
  readonly lifetimeMs: number;
}

/** The code with which a user without any way to sign in is invited to choose one. */
export interface Invite {
  /** None when it was used, or tried too often. */
  code: Code | undefined;
  /** It was not sent to the user. */
  returned: boolean;
  failedAttempts: number;
}
