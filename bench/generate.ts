/**
 * How long it takes to generate from a live instance, by part, and to compare two, with a server of the pinned API on
 * this machine: medians of fresh processes. Run: node bench/generate.ts
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runBuf } from "../src/codegen/buf.ts";
import { findBreaking } from "../src/codegen/diff/breaking.ts";
import { compareSurfaces } from "../src/codegen/diff/compare.ts";
import { toSurface } from "../src/codegen/diff/surface.ts";
import { createDocumentedImage } from "../src/codegen/documented-image.ts";
import { findIdentifyingFiles } from "../src/codegen/identity.ts";
import { readApi } from "../src/codegen/read-api.ts";
import { parseSource } from "../src/codegen/sources/parse-source.ts";
import { readPinnedApi } from "../src/codegen/sources/pin.ts";
import { createBufTemplate } from "../src/codegen/template.ts";
import { serveReflection } from "../test/codegen/support/reflection-server.ts";

const root = join(import.meta.dirname, "..");
const work = join(root, "node_modules/.cache/bench-generate");
const format = { target: "js", importExtension: "js" } as const;

/** Runs and prints how long it took. */
async function timed<T>(what: string, action: () => T | Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await action();
  console.log(`${what.padEnd(58)} ${(performance.now() - started).toFixed(0).padStart(6)} ms`);
  return result;
}

function node(...args: string[]): void {
  execFileSync(process.execPath, args, { cwd: work, stdio: ["ignore", "ignore", "inherit"] });
}

/** The server has a process of its own, so that it does not share a processor with what is measured. */
if (process.argv[2] === "--serve") {
  const { files } = await readPinnedApi();
  const server = await serveReflection({ files: files.map(({ proto }) => proto) });
  console.log(server.origin);
} else {
  await measure();
}

async function measure(): Promise<void> {
  const { spawn } = await import("node:child_process");
  const child = spawn(process.execPath, [import.meta.filename, "--serve"]);
  const origin = await new Promise<string>((resolve) =>
    child.stdout.once("data", (line: Buffer) => resolve(line.toString().trim())),
  );
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    console.log("By part, in one process:");
    await timed("  read the pinned API, for its comments", readPinnedApi);
    const api = await timed("  fetch and check the instance's descriptors", () =>
      readApi(parseSource(origin, { directory: work })),
    );
    const image = await timed("  merge comments, encode the image", () => createDocumentedImage(api));
    writeFileSync(join(work, "image.binpb"), image);
    await timed("  buf generate, with both plugins", () =>
      runBuf(["generate", "image.binpb", "--template", createBufTemplate(format)], { cwd: work }),
    );
    const surfaces = await timed("  diff: reduce both APIs to their services and types", () =>
      [api, api].map(({ files }) => findIdentifyingFiles(files)),
    );
    const [from = [], to = []] = surfaces;
    await timed("  diff: compare their elements", () => compareSurfaces(toSurface(from), toSurface(to)));
    await timed("  diff: buf breaking", () => findBreaking(from, to));

    console.log("As a user runs it:");
    const cli = join(root, "dist/cli.js");
    for (let round = 0; round < 3; round++) {
      rmSync(join(work, "zitadel"), { recursive: true, force: true });
      await timed("  zitadel-connect generate --from <instance>", () =>
        node(cli, "generate", "--from", origin, "--out", "zitadel"),
      );
    }
    const strict = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--types", ""];
    writeFileSync(join(work, "tsconfig.json"), JSON.stringify({ files: ["main.ts"] }));
    writeFileSync(join(work, "main.ts"), 'export { services } from "./zitadel/services.js";');
    await timed("  tsc over the generated tree", () =>
      node(join(root, "node_modules/typescript/bin/tsc"), "-p", ".", ...strict),
    );
    for (let round = 0; round < 3; round++) {
      await timed("  zitadel-connect diff of two instances", () =>
        node(cli, "diff", "--from", origin, "--to", origin),
      );
    }
  } finally {
    child.kill();
    rmSync(work, { recursive: true, force: true });
  }
}
