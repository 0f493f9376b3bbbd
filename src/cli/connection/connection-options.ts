import type { OptionSpecs, OptionValues } from "../command-line.ts";

const group = "Connection options";

/** Which instance to call, and as which user: options of all commands that make calls. No value is a secret. */
export const CONNECTION_OPTIONS = {
  profile: {
    type: "string",
    value: "name",
    group,
    help: "A profile that `login` stored, instead of the settings in the environment.\nDefault: ZITADEL_PROFILE",
  },
  url: { type: "string", value: "origin", group, help: "The url of Zitadel. Default: ZITADEL_API_URL" },
  "key-file": {
    type: "string",
    value: "file",
    group,
    help: "A service user's key file. Default: ZITADEL_KEY_FILE",
  },
  "token-file": {
    type: "string",
    value: "file",
    group,
    help: "A file with a personal access token.\nDefault: ZITADEL_SERVICE_USER_TOKEN_FILE",
  },
  "client-id": {
    type: "string",
    value: "name",
    group,
    help: "A service user's client id, with --client-secret-file",
  },
  "client-secret-file": {
    type: "string",
    value: "file",
    group,
    help: "A file with the secret of --client-id",
  },
  "instance-host": {
    type: "string",
    value: "host",
    group,
    help: "The instance's own domain, if the url has another one",
  },
  ca: { type: "string", value: "file", group, help: "Certificate authorities to trust, in PEM" },
  proxy: {
    type: "string",
    value: "url",
    group,
    help: 'A proxy, or "none". Default: from the environment',
  },
  "http-version": { type: "string", value: "auto|1.1|2", group, help: "Default: what the server offers" },
  "allow-insecure-http": { type: "boolean", group, help: "Allow http:// to other machines" },
  cache: {
    standard: true,
    type: "boolean",
    group,
    help: "Do not use or store cached tokens",
  },
} as const satisfies OptionSpecs;

/** The parsed {@link CONNECTION_OPTIONS}. */
export type ConnectionValues = OptionValues<typeof CONNECTION_OPTIONS>;

/** Options of commands that make calls, besides those of the connection. */
export const CALL_OPTIONS = {
  organization: {
    type: "string",
    value: "id",
    help: "The organization to make the call in (x-zitadel-orgid)",
  },
  timeout: { type: "string", value: "seconds", help: "How long the call may take. Default: 30" },
} as const satisfies OptionSpecs;
