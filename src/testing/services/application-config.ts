import { type Duration, durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import { omitUndefined } from "../state/event-payloads.ts";
import type {
  ClientApplication,
  OidcApplication,
  OidcConfiguration,
  SamlApplication,
  SamlConfiguration,
} from "../state/model/application.ts";
import { checkCompliance, listAllowedOrigins } from "./oidc-compliance.ts";
import { type Metadata, readMetadata } from "./saml-metadata.ts";

/** The login version of an application. Undefined: as the instance is configured. */
interface LoginVersion {
  readonly version:
    | { case: "loginV1"; value: object }
    | { case: "loginV2"; value: { baseUri?: string | undefined } }
    | { case: undefined; value?: undefined };
}

/** The OIDC settings of a request. The names are those of v2; two of them are different in v2beta. */
export interface OidcRequest {
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly additionalOrigins: readonly string[];
  readonly responseTypes: readonly number[];
  readonly grantTypes: readonly number[];
  readonly applicationType?: number | undefined;
  readonly authMethodType?: number | undefined;
  readonly accessTokenType?: number | undefined;
  readonly developmentMode?: boolean | undefined;
  readonly accessTokenRoleAssertion?: boolean | undefined;
  readonly idTokenRoleAssertion?: boolean | undefined;
  readonly idTokenUserinfoAssertion?: boolean | undefined;
  readonly skipNativeAppSuccessPage?: boolean | undefined;
  readonly clockSkew?: Duration | undefined;
  readonly backChannelLogoutUri?: string | undefined;
  readonly loginVersion?: LoginVersion | undefined;
}

const CODE = 1;
const AUTHORIZATION_CODE = 0;

/** Converts the OIDC settings of a request. Like the server, it sets defaults for some that the request omits. */
export function toOidcConfig(request: OidcRequest): Partial<OidcConfiguration> {
  const { responseTypes, grantTypes, clockSkew, developmentMode } = request;
  const named = {
    applicationType: request.applicationType,
    authMethodType: request.authMethodType,
    accessTokenType: request.accessTokenType,
    devMode: developmentMode,
    accessTokenRoleAssertion: request.accessTokenRoleAssertion,
    idTokenRoleAssertion: request.idTokenRoleAssertion,
    idTokenUserinfoAssertion: request.idTokenUserinfoAssertion,
    skipNativeAppSuccessPage: request.skipNativeAppSuccessPage,
    backChannelLogoutUri: request.backChannelLogoutUri,
    redirectUris: trimAll(request.redirectUris),
    postLogoutRedirectUris: trimAll(request.postLogoutRedirectUris),
    additionalOrigins: trimAll(request.additionalOrigins),
  };
  return {
    ...omitUndefined(named),
    responseTypes: responseTypes.length > 0 ? [...responseTypes] : [CODE],
    grantTypes: grantTypes.length > 0 ? [...grantTypes] : [AUTHORIZATION_CODE],
    clockSkewMs: clockSkew === undefined ? 0 : durationMs(clockSkew),
    ...toLogin(request.loginVersion),
  };
}

/** Trims texts. Returns undefined for an empty list, which sets nothing. */
function trimAll(texts: readonly string[]): string[] | undefined {
  return texts.length === 0 ? undefined : texts.map((text) => text.trim());
}

function toLogin(login: LoginVersion | undefined): { loginVersion: number; loginBaseUri: string } {
  const version = login?.version;
  if (version?.case === "loginV2") return { loginVersion: 2, loginBaseUri: version.value.baseUri ?? "" };
  return { loginVersion: version?.case === "loginV1" ? 1 : 0, loginBaseUri: "" };
}

/** The SAML settings of a request. */
export interface SamlRequest {
  readonly metadata: Metadata;
  readonly loginVersion?: LoginVersion | undefined;
}

/** Converts the SAML settings of a request. `unreachable`: the id of the error if the metadata cannot be fetched. */
export async function toSamlConfig(request: SamlRequest, unreachable: string): Promise<SamlConfiguration> {
  const { metadata, loginVersion } = request;
  return {
    metadata: await readMetadata(metadata, unreachable),
    metadataUrl: metadata.case === "metadataUrl" ? metadata.value : "",
    ...toLogin(loginVersion),
  };
}

interface LoginView {
  readonly version: { case: "loginV1"; value: object } | { case: "loginV2"; value: { baseUri: string } };
}

/** Converts the login version, which both versions of the API show the same way. */
export function toLoginView({ loginVersion, loginBaseUri }: OidcConfiguration | SamlConfiguration): {
  loginVersion?: LoginView;
} {
  if (loginVersion === 0) return {};
  const version =
    loginVersion === 1
      ? ({ case: "loginV1", value: {} } as const)
      : ({ case: "loginV2", value: { baseUri: loginBaseUri } } as const);
  return { loginVersion: { version } };
}

/** Converts the OIDC settings that have the same names in both versions of the API. */
export function toOidcFields({ clientId, config }: OidcApplication) {
  const {
    applicationType: _,
    devMode: __,
    clockSkewMs,
    loginVersion: ___,
    loginBaseUri: ____,
    ...fields
  } = config;
  return {
    ...fields,
    clientId,
    redirectUris: [...config.redirectUris],
    postLogoutRedirectUris: [...config.postLogoutRedirectUris],
    additionalOrigins: [...config.additionalOrigins],
    responseTypes: [...config.responseTypes],
    grantTypes: [...config.grantTypes],
    clockSkew: durationFromMs(clockSkewMs),
    allowedOrigins: listAllowedOrigins(config),
    complianceProblems: checkCompliance(config).problems.map((key) => ({ key })),
    ...toLoginView(config),
  };
}

/** Converts the SAML metadata, which both versions of the API show the same way. */
export function toSamlMetadata({ config }: SamlApplication) {
  return config.metadataUrl === ""
    ? ({ case: "metadataXml", value: config.metadata } as const)
    : ({ case: "metadataUrl", value: config.metadataUrl } as const);
}

export function toCredentials({ clientId, clientSecret = "" }: ClientApplication): {
  clientId: string;
  clientSecret: string;
} {
  return { clientId, clientSecret };
}
