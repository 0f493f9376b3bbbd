import { privateKeyJwt, type ZitadelOptions } from "zitadel-connect";
import { services } from "../gen/services.js";
import manifest from "../package.json" with { type: "json" };
import { correlation } from "./correlation.ts";

/** The part of the API that Acme uses. */
export type AcmeServices = typeof services;

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of all of Acme's services, and those of a deployment. */
export function defaults(service: string, env: Environment): ZitadelOptions<AcmeServices> {
  return {
    services,
    url: required("ACME_IDENTITY_URL", env),
    auth: privateKeyJwt({ keyFile: required("ACME_IDENTITY_KEY_FILE", env) }),
    organizationId: env["ACME_IDENTITY_ORGANIZATION"],
    userAgent: `${service} acme-identity/${manifest.version}`,
    // Acme's gateway gives up after five seconds, so no call may take longer, and a server that is down is reported
    // before that.
    timeoutMs: 4_000,
    connectTimeoutMs: 2_000,
    interceptors: [correlation],
  };
}

function required(name: string, env: Environment): string {
  const value = env[name];
  if (value) return value;
  throw new TypeError(`@acme/identity: the environment variable ${name} is missing`);
}
