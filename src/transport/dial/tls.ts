import { createPrivateKey, X509Certificate } from "node:crypto";
import type { ConnectionOptions } from "node:tls";
import { describe, looksLikePath } from "../../shared/describe.ts";
import {
  invalidOption,
  requireBoolean,
  requireKnown,
  requireObject,
  requireString,
} from "../../shared/invalid-option.ts";

/** PEM, as a string or as the bytes of a file. */
export type Pem = string | Uint8Array;

/** How to verify the server, and how to authenticate to it. */
export interface TlsOptions {
  /** Certificate authorities to trust, in PEM; each may be a bundle. Default: the well-known ones. */
  readonly ca?: Pem | readonly Pem[] | undefined;
  /** The client's certificate chain in PEM, for mutual TLS. */
  readonly cert?: Pem | undefined;
  /** The private key of {@link cert} in PEM. */
  readonly key?: Pem | undefined;
  /** The passphrase of {@link key}, if it is encrypted. */
  readonly passphrase?: string | undefined;
  /** The server name to send and verify. Default: the origin's host. */
  readonly serverName?: string | undefined;
  /** Accepts any certificate, so tokens and data can be read and changed in transit. Default: false. */
  readonly dangerouslyAcceptAnyCertificate?: boolean | undefined;
}

const KNOWN: Record<keyof TlsOptions, true> = {
  ca: true,
  cert: true,
  key: true,
  passphrase: true,
  serverName: true,
  dangerouslyAcceptAnyCertificate: true,
};

/** The names of our options in `node:tls`, and of options that take files. */
const FOREIGN = {
  rejectUnauthorized: "dangerouslyAcceptAnyCertificate",
  insecure: "dangerouslyAcceptAnyCertificate",
  skipVerify: "dangerouslyAcceptAnyCertificate",
  servername: "serverName",
  host: "serverName",
  caFile: "ca",
  certFile: "cert",
  keyFile: "key",
};

/**
 * Checks the option. Throws a TypeError that names the problem and never quotes the value. `node:tls` accepts any
 * text as `ca` and then trusts nobody, which would look like an unreachable server.
 */
export function resolveTls(options: TlsOptions | undefined): TlsOptions {
  if (options === undefined) return {};
  requireObject("tls", options, "{ ca }");
  requireKnown("tls", options, KNOWN, FOREIGN);
  const { ca, cert, key, passphrase, serverName, dangerouslyAcceptAnyCertificate } = options;
  if (ca !== undefined) {
    const all: readonly unknown[] = Array.isArray(ca) ? ca : [ca];
    for (const one of all) requireCertificate(Array.isArray(ca) ? "an entry of tls.ca" : "tls.ca", one);
  }
  if (cert !== undefined) requireCertificate("tls.cert", cert);
  if (passphrase !== undefined) requireString("tls.passphrase", passphrase);
  if (key !== undefined) requireKey(key, options);
  if (serverName !== undefined) requireString("tls.serverName", serverName);
  requireBoolean("tls.dangerouslyAcceptAnyCertificate", dangerouslyAcceptAnyCertificate);
  return options;
}

/** Fails unless the value is at least one certificate in PEM. */
export function requireCertificate(option: string, value: unknown): asserts value is Pem {
  const text = requirePem(option, value);
  const [first] = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[^-]*-----END \1-----/.exec(text) ?? [];
  if (first === undefined) throw invalidOption(option, describe(text), "a certificate in PEM");
  try {
    new X509Certificate(first);
  } catch {
    throw invalidOption(option, "a damaged certificate in PEM", "a certificate in PEM");
  }
}

function requireKey(value: unknown, { cert, passphrase }: TlsOptions): void {
  const key = requirePem("tls.key", value);
  try {
    createPrivateKey({ key, passphrase });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const locked = /PASS|DECRYPT|INTERRUPTED/.test(code) || key.includes("ENCRYPTED");
    const seen = locked ? "encrypted" : describe(key);
    const expected = locked ? "the right tls.passphrase with it" : "a private key in PEM";
    throw invalidOption("tls.key", seen, expected);
  }
  // OpenSSL only compares keys of the same type.
  if (
    cert !== undefined &&
    !new X509Certificate(cert).checkPrivateKey(createPrivateKey({ key, passphrase }))
  ) {
    throw invalidOption(
      "tls.key",
      "not the key of tls.cert",
      "the private key of the first certificate in tls.cert",
    );
  }
}

/** Returns PEM as a string. Paths are rejected: the caller decides when to read a file. */
function requirePem(option: string, value: unknown): string {
  if (typeof value !== "string" && !(value instanceof Uint8Array)) {
    throw invalidOption(option, describe(value), "PEM, as a string or a Buffer");
  }
  const text = typeof value === "string" ? value : Buffer.from(value).toString("utf8");
  if (typeof value === "string" && looksLikePath(text)) {
    throw invalidOption(option, "a path", "PEM: pass the content of the file, such as readFileSync(path)");
  }
  return text;
}

/** The options in the form that `node:tls` expects, without the server name, which dial() sets. */
export function tlsSettings(options: TlsOptions): ConnectionOptions {
  const { ca, cert, key, passphrase, dangerouslyAcceptAnyCertificate } = options;
  return {
    ...(ca === undefined ? {} : { ca: isList(ca) ? ca.map(toBuffer) : toBuffer(ca) }),
    ...(cert === undefined ? {} : { cert: toBuffer(cert) }),
    ...(key === undefined ? {} : { key: toBuffer(key) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(dangerouslyAcceptAnyCertificate === true ? { rejectUnauthorized: false } : {}),
  };
}

function isList(ca: Pem | readonly Pem[]): ca is readonly Pem[] {
  return Array.isArray(ca);
}

function toBuffer(pem: Pem): string | Buffer {
  return typeof pem === "string" ? pem : Buffer.from(pem);
}
