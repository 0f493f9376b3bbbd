import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PERSONAL_ACCESS_TOKEN, startInstance } from "../cold-start/instance.ts";
import { createServiceAccountKey } from "../service-account-key.ts";
import type { Surroundings } from "./programs.ts";

/** An instance on loopback, over HTTP/2 without TLS, and what programs need to call it. */
export async function startSurroundings(): Promise<AsyncDisposable & { readonly env: Surroundings }> {
  const directory = mkdtempSync(join(tmpdir(), "first-response-"));
  const keyFile = join(directory, "key.json");
  writeFileSync(keyFile, JSON.stringify(createServiceAccountKey()), { mode: 0o600 });
  const instance = await startInstance();
  return {
    env: {
      ORIGIN: `http://127.0.0.1:${instance.port}`,
      TOKEN: PERSONAL_ACCESS_TOKEN,
      KEY_FILE: keyFile,
    },
    async [Symbol.asyncDispose]() {
      await instance[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true });
    },
  };
}
