import type { Aggregate, History } from "./model/aggregate.ts";
import type { InstanceSettings, SecretGenerator, SecretPurpose } from "./model/instance-settings.ts";

/** The owner of objects that do not belong to an instance. */
const SYSTEM = "SYSTEM";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The sequences of these events when a server sets up an instance. */
const OIDC_ADDED = 108;
const FEATURES_SET = 3;
const DOMAIN_SET = 34;

/** Creates the settings of a new instance, which has a domain and a generated subdomain of it. */
export function newInstanceSettings(instance: Aggregate, domain: string, suffix: string): InstanceSettings {
  const { createdAt, changedAt, shown } = instance;
  const history = { sequence: DOMAIN_SET, createdAt, changedAt };
  const newHistory = { createdAt, changedAt, sequence: 0, shown: { sequence: 0, changedAt } };
  const generated = `zitadel-${suffix}.${domain}`;
  return {
    name: "ZITADEL",
    defaultLanguage: "en",
    security: undefined,
    restrictions: undefined,
    limits: undefined,
    oidc: {
      ...history,
      sequence: OIDC_ADDED,
      accessTokenLifetime: 12 * HOUR,
      idTokenLifetime: 12 * HOUR,
      refreshTokenIdleExpiration: 30 * DAY,
      refreshTokenExpiration: 90 * DAY,
    },
    secretGenerators: newGenerators(history),
    translations: new Map(),
    customDomains: new Map([
      [generated, { ...history, domain: generated, generated: true, primary: false }],
      [domain, { ...history, domain, generated: false, primary: true }],
    ]),
    trustedDomains: new Map(),
    systemFeatures: {
      ...newHistory,
      aggregateType: "feature",
      id: SYSTEM,
      resourceOwner: SYSTEM,
      values: {},
    },
    features: {
      ...history,
      shown,
      sequence: FEATURES_SET,
      aggregateType: "feature",
      id: instance.id,
      resourceOwner: instance.id,
      values: {
        loginDefaultOrg: true,
        loginV2: { required: true, baseUri: "" },
        consoleUseV2UserApi: true,
      },
    },
  };
}

const LOWER = { includeLowerLetters: true };
const UPPER = { includeUpperLetters: true };
const DIGITS = { includeDigits: true };

/** The secret generators, in the order in which a server adds them. */
const GENERATORS: Readonly<
  Record<SecretPurpose, Partial<SecretGenerator> & Pick<SecretGenerator, "length">>
> = {
  appSecret: { length: 64, ...LOWER, ...UPPER, ...DIGITS },
  init: { length: 6, expiryMs: 72 * HOUR, ...UPPER, ...DIGITS },
  email: { length: 6, expiryMs: HOUR, ...UPPER, ...DIGITS },
  phone: { length: 6, expiryMs: HOUR, ...UPPER, ...DIGITS },
  password: { length: 6, expiryMs: HOUR, ...UPPER, ...DIGITS },
  passkey: { length: 12, expiryMs: HOUR, ...LOWER, ...UPPER, ...DIGITS },
  domain: { length: 32, ...LOWER, ...UPPER, ...DIGITS },
  otpSms: { length: 8, expiryMs: HOUR / 12, ...DIGITS },
  otpEmail: { length: 8, expiryMs: HOUR / 12, ...DIGITS },
  invite: { length: 6, expiryMs: 72 * HOUR, ...UPPER, ...DIGITS },
};

/** The sequence of the first generator's event. */
const FIRST_GENERATOR = 3;

function newGenerators(history: History): InstanceSettings["secretGenerators"] {
  const none = {
    expiryMs: 0,
    includeLowerLetters: false,
    includeUpperLetters: false,
    includeDigits: false,
    includeSymbols: false,
  };
  const entries = Object.entries(GENERATORS).map(
    ([purpose, settings], index): [SecretPurpose, SecretGenerator] => [
      // GENERATORS has exactly these keys.
      purpose as SecretPurpose,
      { ...history, sequence: FIRST_GENERATOR + index, ...none, ...settings },
    ],
  );
  return new Map(entries);
}
