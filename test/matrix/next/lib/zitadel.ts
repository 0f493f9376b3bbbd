import { createZitadel, privateKeyJwt, type Zitadel } from "zitadel-connect";
import { readInstance } from "./instance";

declare global {
  var zitadel: Zitadel | undefined;
}

/** One client for all reloads: as docs/runtimes.md has it. */
export function getZitadel(): Zitadel {
  const { url, keyFile } = readInstance();
  globalThis.zitadel ??= createZitadel({ url, auth: privateKeyJwt({ key: keyFile }) });
  return globalThis.zitadel;
}

/** dev.mjs changes this line, so that the module is loaded again. */
export const version = 0;
