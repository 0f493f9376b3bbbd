import { createPrivateKey } from "node:crypto";
import type { ProviderKind } from "./model/identity-provider.ts";

/** A required setting, and the error ids if it is blank when a provider is added or changed. */
type Required = readonly [name: string, onAdd: string, onUpdate?: string];

/** A kind of identity provider. */
export interface ProviderKindInfo {
  /** The event types, without the prefix `instance.idp.` or `org.idp.`. */
  readonly event: readonly [instance: string, organization: string];
  /** The type as the API numbers it: for the provider itself, and in the list of active providers of the settings. */
  readonly type: number;
  readonly settingsType: number;
  /**
   * In the order of the server's checks. Error ids lack the prefix `INST-` or `ORG-`. If they differ, that for `ORG-`
   * follows a slash.
   */
  readonly required: readonly Required[];
  /** A setting with a format, and the error if it is invalid. */
  readonly format?: {
    readonly setting: string;
    readonly onAdd: string;
    readonly onUpdate: string;
    readonly message: string;
    fits(value: Uint8Array): boolean;
  };
  /** The id of the error for an unknown provider. */
  readonly unknown: string;
  /** Names of settings in events, where they differ. */
  readonly payload?: Readonly<Record<string, string>>;
}

const SNAKE_CLIENT = { clientId: "client_id", clientSecret: "client_secret" };

/** All kinds of identity providers. */
export const PROVIDER_KINDS: Readonly<Record<ProviderKind, ProviderKindInfo>> = {
  oidc: {
    event: ["oidc", "oidc"],
    type: 1,
    settingsType: 1,
    required: [
      ["name", "Sgtj5", "Dvf4f"],
      ["issuer", "Hz6zj", "BDfr3"],
      ["clientId", "fb5jm", "Db3bs"],
      ["clientSecret", "Sfdf4"],
    ],
    unknown: "Dg331",
    payload: { isIdTokenMapping: "idTokenMapping", usePkce: "usePKCE" },
  },
  jwt: {
    event: ["jwt", "jwt"],
    type: 2,
    settingsType: 2,
    required: [
      ["name", "JLKef", "JKLS2"],
      ["issuer", "WNJK3", "JKs3f"],
      ["jwtEndpoint", "NJKSD", "NJKS2"],
      ["keysEndpoint", "NJKE3", "SJk2d"],
      ["headerName", "2rlks", "SJK2f"],
    ],
    unknown: "Bhju5",
  },
  ldap: {
    event: ["ldap.v2", "ldap"],
    type: 3,
    settingsType: 3,
    required: [
      ["name", "SAfdd", "Sffgd"],
      ["baseDn", "sv31s", "vb3ss"],
      ["bindDn", "sdgf4", "hbere"],
      ["bindPassword", "AEG2w"],
      ["userBase", "SAD5n", "DG45z"],
      ["servers", "SAx905n/SAy945n", "SAx945n/Sxx945n"],
      ["userObjectClasses", "S1x905n/S1x705n", "S1x605n/S1p605n"],
      ["userFilters", "aAx905n/aAx9x1n", "aAx901n/aBx901n"],
    ],
    unknown: "ASF3F",
    payload: { startTls: "startTLS", baseDn: "baseDN", bindDn: "bindDN", rootCa: "rootCA" },
  },
  oauth: {
    event: ["oauth", "oauth"],
    type: 4,
    settingsType: 4,
    required: [
      ["name", "D32ef", "Sf3gh/D32ef"],
      ["clientId", "Dbgzf", "SHJ3ui/Dbgzf"],
      ["clientSecret", "DF4ga"],
      ["authorizationEndpoint", "B23bs", "SVrgh/B23bs"],
      ["tokenEndpoint", "D2gj8", "DJKeio/D2gj8"],
      ["userEndpoint", "Fb8jk", "ILSJi/Fb8jk"],
      ["idAttribute", "sdf3f/sadf3d", "JKD3h/SAe4gh"],
    ],
    unknown: "D3r1s/JNsd3",
    payload: { usePkce: "usePKCE" },
  },
  azureAd: {
    event: ["azure", "azure"],
    type: 5,
    settingsType: 5,
    required: [
      ["name", "sdf3g", "fh3h1"],
      ["clientId", "Fhbr2", "dmitg"],
      ["clientSecret", "Dzh3g"],
    ],
    unknown: "BHz3q",
    payload: { ...SNAKE_CLIENT, emailVerified: "isEmailVerified" },
  },
  github: {
    event: ["github", "github"],
    type: 6,
    settingsType: 6,
    required: [
      ["clientId", "Jdsgf", "fdh5z"],
      ["clientSecret", "dsgz3"],
    ],
    unknown: "Dr1gs",
  },
  githubEs: {
    event: ["github_enterprise", "github_enterprise"],
    type: 7,
    settingsType: 7,
    required: [
      ["name", "Dg4td", "shj42"],
      ["clientId", "dgj53", "sdh73"],
      ["clientSecret", "Ghjjs"],
      ["authorizationEndpoint", "sani2", "acx2w"],
      ["tokenEndpoint", "agj42", "dgj6q"],
      ["userEndpoint", "sd5hn", "ybj62"],
    ],
    unknown: "GBr42",
  },
  gitlab: {
    event: ["gitlab", "gitlab"],
    type: 8,
    settingsType: 8,
    required: [
      ["clientId", "adsg2", "D12t6"],
      ["clientSecret", "GD1j2"],
    ],
    unknown: "HBReq",
    payload: SNAKE_CLIENT,
  },
  gitlabSelfHosted: {
    event: ["gitlab_self_hosted", "gitlab_self_hosted"],
    type: 9,
    settingsType: 9,
    required: [
      ["name", "jw4ZT", "DG4H"],
      ["issuer", "AST4S", "SD4eb"],
      ["clientId", "DBZHJ", "GHWE3"],
      ["clientSecret", "SDGJ4"],
    ],
    unknown: "D2tg1",
    payload: SNAKE_CLIENT,
  },
  google: {
    event: ["google", "google"],
    type: 10,
    settingsType: 10,
    required: [
      ["clientId", "D3fvs", "ds432"],
      ["clientSecret", "W2vqs"],
    ],
    unknown: "D3r1s/Dqrg1",
  },
  apple: {
    event: ["apple", "apple"],
    type: 11,
    settingsType: 12,
    required: [
      ["clientId", "jkn3w", "SFm4l"],
      ["teamId", "Ffg32", "SG34t"],
      ["keyId", "GDjm5", "Gh4z2"],
      ["privateKey", "GVD4n"],
    ],
    format: {
      setting: "privateKey",
      onAdd: "Fk38d",
      onUpdate: "eWSDf",
      message: "Invalid Private Key format",
      fits: isPrivateKey,
    },
    unknown: "SG3bh",
  },
  saml: {
    event: ["saml", "saml"],
    type: 12,
    settingsType: 11,
    required: [
      ["name", "o07zjotgnd/957lr0f8u3", "q2s9rak7o9/egixaofgyl"],
      ["metadataXml", "3bi3esi16t/78isv6m53a", "iw1rxnf4sf/j6spncd74m"],
    ],
    format: {
      setting: "metadataXml",
      onAdd: "SF3rwhgh",
      onUpdate: "dsfj3kl2/SFqqh42",
      message: "SAML Metadata format error",
      fits: (value) => /<(\w+:)?EntityDescriptor[\s>]/.test(Buffer.from(value).toString()),
    },
    unknown: "D3r1s/z82dddndql",
    payload: { metadataXml: "metadata", nameIdFormat: "nameIDFormat" },
  },
};

function isPrivateKey(value: Uint8Array): boolean {
  try {
    return createPrivateKey(Buffer.from(value)).asymmetricKeyType === "ec";
  } catch {
    return false;
  }
}

/** Settings that are never shown, and are encrypted in events. Empty values leave them unchanged. */
export const SECRETS: ReadonlySet<string> = new Set(["clientSecret", "bindPassword", "privateKey"]);
