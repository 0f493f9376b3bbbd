import type { InstanceOptions } from "../codegen/sources/reflection/instance.ts";
import type { Filter } from "../codegen/subset/selection.ts";
import { readOptionFile } from "../shared/option-file.ts";
import { resolveProxy } from "../transport/dial/proxy.ts";
import { resolveTls } from "../transport/dial/tls.ts";
import { parseHeaders, parseTimeout } from "./call/headers.ts";
import type { OptionValues } from "./command-line.ts";
import type { LoadedConfig } from "./config.ts";

/** Options of all commands that read an API. */
export const SOURCE_OPTIONS = {
  config: { type: "string", value: "file", help: "Default: zitadel-connect.json, if it exists" },
  include: {
    type: "string",
    multiple: true,
    value: "pattern",
    help: "Include only packages, services, RPCs and types whose full name matches, for example\n'zitadel.user.v2.*', and what they need; can be repeated",
  },
  exclude: {
    type: "string",
    multiple: true,
    value: "pattern",
    help: "Leave these out unless something else needs them; can be repeated",
  },
  "instance-host": {
    type: "string",
    value: "host",
    help: "The external domain of an instance, if the url has another one",
  },
  header: {
    type: "string",
    multiple: true,
    value: "name: value",
    help: "A header for a live instance; can be repeated",
  },
  ca: { type: "string", value: "file", help: "Certificate authorities to trust (PEM)" },
  cert: { type: "string", value: "file", help: "The client's certificate chain, for mutual TLS (PEM)" },
  key: { type: "string", value: "file", help: "The private key of --cert (PEM)" },
  proxy: { type: "string", value: "url", help: 'A proxy, or "none". Default: from the environment' },
  timeout: {
    type: "string",
    value: "seconds",
    help: "How long a live instance may take to respond. Default: 30",
  },
} as const;

type Values = OptionValues<typeof SOURCE_OPTIONS>;

/** The selected part of the API. */
export function toFilter(values: Values, { config }: LoadedConfig): Filter {
  return { include: values.include ?? config.include, exclude: values.exclude ?? config.exclude };
}

/** How to reach an instance. The command line overrides the configuration. */
export function toInstanceOptions(values: Values, loaded: LoadedConfig, directory: string): InstanceOptions {
  const { config } = loaded;
  const pem = (name: "ca" | "cert" | "key") =>
    readPem(`--${name}`, values[name], directory) ?? readPem(name, config[name], loaded.directory);
  return {
    tls: resolveTls({ ca: pem("ca"), cert: pem("cert"), key: pem("key") }),
    proxy: resolveProxy(values.proxy ?? config.proxy, values.proxy === undefined ? "proxy" : "--proxy"),
    instanceHost: values["instance-host"] ?? config.instanceHost,
    headers: { ...config.headers, ...parseHeaders(values.header ?? []) },
    timeoutMs: parseTimeout(values.timeout) ?? config.timeoutMs,
  };
}

function readPem(name: string, path: string | undefined, directory: string): string | undefined {
  return path === undefined ? undefined : readOptionFile({ option: name, path, directory });
}
