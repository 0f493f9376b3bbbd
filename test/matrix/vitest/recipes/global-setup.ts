import type { TestProject } from "vitest/node";
import { startEmulator } from "zitadel-connect/testing";

declare module "vitest" {
  interface ProvidedContext {
    zitadel: { url: string; token: string };
  }
}

export default async function setUp(project: TestProject) {
  const emulator = await startEmulator();
  project.provide("zitadel", { url: emulator.url, token: emulator.serviceUser.token });
  return () => emulator.close();
}
