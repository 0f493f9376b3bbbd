/**
 * Why this package cannot run here, in one sentence; undefined if it can. Checks for a feature rather than a version, since
 * other runtimes have their own versions.
 */
export function findRuntimeProblem(): string | undefined {
  if (typeof Promise.withResolvers === "function") return undefined;
  return `zitadel-connect needs Node.js 22.13 or newer; this is ${process.version}`;
}

/** Throws if this package cannot run here, before something fails with a less helpful error. */
export function checkRuntime(): void {
  const problem = findRuntimeProblem();
  if (problem !== undefined) throw new Error(problem);
}

/**
 * Whether this is Cloudflare's workerd
 * (https://developers.cloudflare.com/workers/runtime-apis/web-standards/#navigatoruseragent).
 */
export const isWorkerd: boolean = globalThis.navigator?.userAgent === "Cloudflare-Workers";
