/** Whether tokens may be sent to an origin: over https, or to this machine (W3C Secure Contexts section 3.1). */
export function isTrustworthyOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  if (protocol === "https:") return true;
  return (
    protocol === "http:" &&
    (/^(.*\.)?localhost$/.test(hostname) || /^127(\.\d+){3}$/.test(hostname) || hostname === "[::1]")
  );
}
