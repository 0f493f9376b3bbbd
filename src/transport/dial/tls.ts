import type { ConnectionOptions } from "node:tls";

/** How to verify the server, and how to be verified by it. PEM texts, as `node:tls` takes them. */
export interface TlsOptions {
  /** Certificate authorities to trust instead of the well-known ones. */
  readonly ca?: string | readonly string[] | undefined;
  /** The client's certificate chain, for mutual TLS. */
  readonly cert?: string | undefined;
  /** The private key of {@link cert}. */
  readonly key?: string | undefined;
  /** What decrypts {@link key}, if it is encrypted. */
  readonly passphrase?: string | undefined;
  /** The name to ask for and to verify, instead of the origin's host. */
  readonly serverName?: string | undefined;
  /** Talks to anyone who answers: tokens and data can be read and changed on the way. Default: false. */
  readonly dangerouslyAcceptAnyCertificate?: boolean | undefined;
}

/** The same in the form that `node:tls` takes; the server's name is for who dials. */
export function tlsSettings(options: TlsOptions): ConnectionOptions {
  const { ca, cert, key, passphrase, dangerouslyAcceptAnyCertificate } = options;
  return {
    ...(ca === undefined ? {} : { ca: typeof ca === "string" ? ca : [...ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(dangerouslyAcceptAnyCertificate === true ? { rejectUnauthorized: false } : {}),
  };
}
