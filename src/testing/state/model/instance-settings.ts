import type { JsonObject } from "@bufbuild/protobuf";
import type { Aggregate, History } from "./aggregate.ts";

/** What only the instance has. */
export interface InstanceSettings {
  name: string;
  defaultLanguage: string;
  /** Undefined until they are set. */
  security: SecuritySettings | undefined;
  restrictions: Restrictions | undefined;
  limits: Limits | undefined;
  oidc: OidcSettings;
  /** How codes and secrets are made. */
  readonly secretGenerators: Map<SecretPurpose, SecretGenerator>;
  /** Of the hosted login: by the id of the owner and the language. */
  readonly translations: Map<string, JsonObject>;
  /** The domains that the instance is known by, and those besides that clients may name as its public host. */
  readonly customDomains: Map<string, InstanceDomain>;
  readonly trustedDomains: Map<string, InstanceDomain>;
  /** Those that were set, for the instance and for all instances. */
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
  /** None: all. */
  allowedLanguages: readonly string[];
}

/** What the operator of the server sets for the instance. */
export interface Limits extends Aggregate {
  /** It answers nothing. */
  block: boolean | undefined;
  /** Events that are older are not shown. */
  auditLogRetentionMs: number | undefined;
}

/** In milliseconds. */
export interface OidcSettings extends History {
  accessTokenLifetime: number;
  idTokenLifetime: number;
  refreshTokenIdleExpiration: number;
  refreshTokenExpiration: number;
}

/** What a code or a secret is for. */
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
  /** 0: forever. */
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

/** By the names of the API. */
export interface Features extends Aggregate {
  values: Readonly<Record<string, FeatureValue>>;
}

export type FeatureValue =
  | boolean
  | { readonly required: boolean; readonly baseUri: string }
  | readonly number[];
