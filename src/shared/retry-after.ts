/**
 * How long the server asks clients to wait, in milliseconds: `Retry-After` (RFC 9110 section 10.2.3), in seconds or as a
 * date. A date is compared with the response's `Date` header, or with `now` (wall clock) if there is none.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (value === undefined || value === "") return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const sent = Date.parse(headers.get("date") ?? "");
  const waitMs = Date.parse(value) - (Number.isNaN(sent) ? now : sent);
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}
