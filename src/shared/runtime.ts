/**
 * What keeps this package from running here, in one sentence; nothing if it can. Asks for a feature, and not for a
 * version: runtimes other than Node.js have versions of their own.
 */
export function findRuntimeProblem(): string | undefined {
  if (typeof Promise.withResolvers === "function") return undefined;
  return `zitadel-connect needs Node.js 22.13 or newer; this is ${process.version}`;
}

/** Throws where this package cannot run, before something fails that does not say why. */
export function checkRuntime(): void {
  const problem = findRuntimeProblem();
  if (problem !== undefined) throw new Error(problem);
}

/** Whether this is Cloudflare's workerd, which says so in this way. */
export const isWorkerd: boolean = globalThis.navigator?.userAgent === "Cloudflare-Workers";
