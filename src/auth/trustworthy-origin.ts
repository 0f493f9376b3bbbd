/**
 * Whether a bearer may be sent to this origin without asking: over https, or to this machine itself. The rule of
 * W3C Secure Contexts section 3.1.
 */
export function isTrustworthyOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  if (protocol === "https:") return true;
  return (
    protocol === "http:" &&
    (/^(.*\.)?localhost$/.test(hostname) || /^127(\.\d+){3}$/.test(hostname) || hostname === "[::1]")
  );
}
