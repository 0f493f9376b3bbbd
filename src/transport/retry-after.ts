/** How long the server asks to wait, in milliseconds: its `retry-after` header, in seconds or as a date. */
export function retryAfterMs(metadata: Headers): number | undefined {
  const value = metadata.get("retry-after");
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
