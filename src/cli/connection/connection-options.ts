import type { OptionSpecs, OptionValues } from "../command-line.ts";

const group = "Connection options";

/** Which instance, and as whom: options of all commands that call one. No secret is among them. */
export const CONNECTION_OPTIONS = {
  profile: {
    type: "string",
    value: "name",
    group,
    help: "What `login` stored under this name, instead of what the environment says.\nDefault: ZITADEL_PROFILE",
  },
  url: { type: "string", value: "origin", group, help: "Where Zitadel is. Default: ZITADEL_API_URL" },
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
    help: "The instance's own domain, where the url is another name",
  },
  ca: { type: "string", value: "file", group, help: "Certificate authorities to trust, in PEM" },
  proxy: {
    type: "string",
    value: "url",
    group,
    help: 'A proxy, or "none". Default: what the environment says',
  },
  "http-version": { type: "string", value: "auto|1.1|2", group, help: "Default: what the server offers" },
  "allow-insecure-http": { type: "boolean", group, help: "Allow http:// to another machine" },
  cache: {
    standard: true,
    type: "boolean",
    group,
    help: "Neither take a token that an earlier command obtained, nor keep one",
  },
} as const satisfies OptionSpecs;

/** What was given of {@link CONNECTION_OPTIONS}. */
export type ConnectionValues = OptionValues<typeof CONNECTION_OPTIONS>;

/** Options of commands that make calls, besides the connection. */
export const CALL_OPTIONS = {
  organization: {
    type: "string",
    value: "id",
    help: "The organization in whose context to call (x-zitadel-orgid)",
  },
  timeout: { type: "string", value: "seconds", help: "How long the call may take. Default: 30" },
} as const satisfies OptionSpecs;
