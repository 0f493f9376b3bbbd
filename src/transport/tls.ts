import type { SecureContextOptions } from "node:tls";

/** How to verify the server, and how to be verified by it. PEM texts, as `node:tls` takes them. */
export interface TlsOptions {
  /** Certificate authorities to trust instead of the well-known ones. */
  readonly ca?: string | readonly string[] | undefined;
  /** The client's certificate chain, for mutual TLS. */
  readonly cert?: string | undefined;
  /** The private key of {@link cert}. */
  readonly key?: string | undefined;
}

/** The same in the form that `node:tls` takes. */
export function tlsSettings({ ca, cert, key }: TlsOptions): SecureContextOptions {
  return {
    ...(ca === undefined ? {} : { ca: typeof ca === "string" ? ca : [...ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
