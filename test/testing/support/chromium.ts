import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const PROGRAM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (program) => existsSync(program) && spawnSync(program, ["--version"]).status === 0,
);

/** For the option `skip` of a test that needs a browser. */
export const withoutChromium: string | false = PROGRAM === undefined && "Chromium is not installed";

/** The part of Puppeteer that is used, whose own types need those of a browser. Code for the page is a string. */
export interface Page {
  goto(url: string): Promise<unknown>;
  evaluate(code: string): Promise<unknown>;
  waitForFunction(code: string): Promise<unknown>;
  waitForNetworkIdle(options: { idleTime: number }): Promise<void>;
  focus(selector: string): Promise<void>;
  readonly keyboard: { type(text: string): Promise<void>; press(key: string): Promise<void> };
  emulateMediaFeatures(features: readonly { name: string; value: string }[]): Promise<void>;
  setViewport(viewport: { width: number; height: number }): Promise<void>;
  screenshot(options: { path: string }): Promise<unknown>;
  on(event: "pageerror", listener: (error: Error) => void): void;
  on(event: "console", listener: (message: { type(): string; text(): string }) => void): void;
}

export interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

export async function startChromium(): Promise<Browser> {
  const name: string = "puppeteer-core";
  const { launch }: { launch(options: object): Promise<Browser> } = await import(name);
  // The sandbox needs rights that containers lack; only pages of the test are opened.
  const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
  return await launch({ executablePath: PROGRAM, args });
}
