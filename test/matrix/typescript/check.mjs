/** Compiles src/ with one version of TypeScript in each mode, declarations of packages included, and runs the result. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [version] = process.argv.slice(2);
const modes = {
  node10: {
    module: "commonjs",
    moduleResolution: "node10",
    ...(version === "6.0" && { ignoreDeprecations: "6.0" }),
  },
  node16: { module: "node16" },
  nodenext: { module: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler" },
};
if (version === "7.0") delete modes.node10; // which TypeScript 7 does not have

for (const [mode, options] of Object.entries(modes)) {
  const project = join(version, mode);
  const isModule = mode === "nodenext" || mode === "bundler";
  mkdirSync(project, { recursive: true });
  for (const source of ["src/main.ts", "shared/calls.ts"])
    cpSync(source, join(project, source.replace(/.*\//, "")));
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: isModule ? "module" : "commonjs" }));
  const compilerOptions = {
    ...options,
    target: "es2022",
    lib: ["es2022", "dom"], // the declarations of Connect need the DOM's
    types: ["node"],
    strict: true,
    skipLibCheck: version === "5.4", // the declarations of Connect and protobuf-es need 5.7
    esModuleInterop: true,
  };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["."] }));
  run(join("node_modules", `typescript-${version}`, "bin/tsc"), "-p", project);
  run(join(project, "main.js"));
}

function run(...command) {
  const { status } = spawnSync(process.execPath, command, { stdio: "inherit" });
  if (status !== 0) {
    console.log(`failed: ${command.join(" ")}`);
    process.exitCode = 1;
  }
}
