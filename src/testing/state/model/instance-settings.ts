import type { JsonObject } from "@bufbuild/protobuf";
import type { Aggregate, History } from "./aggregate.ts";

/** Settings that only the instance has. */
export interface InstanceSettings {
  name: string;
  defaultLanguage: string;
  /** Undefined until they are set. */
  security: SecuritySettings | undefined;
  restrictions: Restrictions | undefined;
  limits: Limits | undefined;
  oidc: OidcSettings;
  /** How codes and secrets are generated. */
  readonly secretGenerators: Map<SecretPurpose, SecretGenerator>;
  /** Texts of the hosted login, by owner id and language. */
  readonly translations: Map<string, JsonObject>;
  /** The instance's own domains, and others that clients may name as its public host. */
  readonly customDomains: Map<string, InstanceDomain>;
  readonly trustedDomains: Map<string, InstanceDomain>;
  /** The features that were set for the instance and for the system. */
  readonly features: Features;
  readonly systemFeatures: Features;
}

export interface SecuritySettings extends History {
  enableIframeEmbedding: boolean;
  allowedOrigins: readonly string[];
  enableImpersonation: boolean;
}

export interface Restrictions extends Aggregate {
  disallowPublicOrgRegistration: boolean;
  /** Empty: all. */
  allowedLanguages: readonly string[];
}

/** Limits that the operator of the server sets. */
export interface Limits extends Aggregate {
  /** Whether all calls are refused. */
  block: boolean | undefined;
  /** Older events are not shown. */
  auditLogRetentionMs: number | undefined;
}

/** In milliseconds. */
export interface OidcSettings extends History {
  accessTokenLifetime: number;
  idTokenLifetime: number;
  refreshTokenIdleExpiration: number;
  refreshTokenExpiration: number;
}

/** The purposes of generated codes and secrets. */
export type SecretPurpose =
  | "appSecret"
  | "init"
  | "email"
  | "phone"
  | "password"
  | "passkey"
  | "domain"
  | "otpSms"
  | "otpEmail"
  | "invite";

export interface SecretGenerator extends History {
  length: number;
  /** 0: never expires. */
  expiryMs: number;
  includeLowerLetters: boolean;
  includeUpperLetters: boolean;
  includeDigits: boolean;
  includeSymbols: boolean;
}

export interface InstanceDomain extends History {
  readonly domain: string;
  readonly generated: boolean;
  primary: boolean;
}

/** Values by the field names of the API. */
export interface Features extends Aggregate {
  values: Readonly<Record<string, FeatureValue>>;
}

export type FeatureValue =
  | boolean
  | { readonly required: boolean; readonly baseUri: string }
  | readonly number[];
