import type { Aggregate } from "./model/aggregate.ts";
import type { InstanceSettings } from "./model/instance-settings.ts";

/** What belongs to no instance. */
const SYSTEM = "SYSTEM";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Sequences that the events of a set-up have. */
const OIDC_ADDED = 108;
const FEATURES_SET = 3;
const DOMAIN_SET = 34;

/** What a new instance has, that is known by a domain and by a generated one below it. */
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
    oidc: {
      ...history,
      sequence: OIDC_ADDED,
      accessTokenLifetime: 12 * HOUR,
      idTokenLifetime: 12 * HOUR,
      refreshTokenIdleExpiration: 30 * DAY,
      refreshTokenExpiration: 90 * DAY,
    },
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
