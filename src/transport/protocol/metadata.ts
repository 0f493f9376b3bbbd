import type { IncomingHttpHeaders } from "node:http2";

/** Raw headers as `Headers`, without the pseudo headers. `rename` gives each its name, or drops it. */
export function toHeaders(
  raw: IncomingHttpHeaders | undefined,
  rename: (name: string) => string | undefined = (name) => name,
): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw ?? {})) {
    const known = name.startsWith(":") ? undefined : rename(name);
    if (known === undefined || known === "" || value === undefined) continue;
    for (const one of typeof value === "string" ? [value] : value) headers.append(known, one);
  }
  return headers;
}

/** One header, in its first value. */
export function headerValue(raw: IncomingHttpHeaders, name: string): string | undefined {
  const value = raw[name];
  return typeof value === "string" ? value : value?.[0];
}
