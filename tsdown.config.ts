import { defineConfig, type Rolldown, type UserConfig } from "tsdown";

/** What programs import: the entry points of package.json's `exports`. */
const library = {
  index: "src/index.ts",
  callers: "src/callers/index.ts",
  opentelemetry: "src/telemetry/index.ts",
  testing: "src/testing/index.ts",
  "token-stores": "src/token-stores/index.ts",
  webhooks: "src/webhooks/index.ts",
};

/** What is run. */
const programs = {
  cli: "src/cli/main.ts",
  "protoc-gen-es": "src/codegen/plugin/protoc-gen-es.ts",
  "protoc-gen-zitadel-connect": "src/codegen/plugin/protoc-gen-zitadel-connect.ts",
};

/** gen/ is not part of a bundle, since programs import it as well. `folder` is where it is, seen from dist/. */
function besideGen(folder: "../gen" | "./gen"): Pick<UserConfig, "inputOptions"> {
  const plugin: Rolldown.Plugin = {
    name: "beside-gen",
    resolveId: {
      filter: { id: /^\.\.\/(?:.*\/)?gen\/.*\.js$/ },
      handler: (id) => ({ id: id.replace(/^.*?\/gen(?=\/)/, folder), external: "absolute" }),
    },
  };
  return { inputOptions: (options) => ({ ...options, plugins: [plugin, options.plugins] }) };
}

/** Says what .js and .d.ts files in a folder are, where the package's own are ES modules. */
const commonJsFolder: Rolldown.Plugin = {
  name: "commonjs-folder",
  generateBundle() {
    this.emitFile({ type: "asset", fileName: "package.json", source: '{ "type": "commonjs" }\n' });
  },
};

const common: UserConfig = {
  outDir: "dist",
  clean: true,
  platform: "node",
  target: "es2024",
  tsconfig: "tsconfig.build.json",
  fixedExtension: false,
  hash: false,
  report: false,
  logLevel: "warn",
  checks: { bundlerTimings: false, pluginTimings: false, legacyCjs: false },
  // Nothing happens at import.
  treeshake: { moduleSideEffects: false },
};

/** Source maps refer to src/, which the package has, so that both formats need not have it within them. */
const code: UserConfig = {
  ...common,
  sourcemap: true,
  outputOptions: { esModule: true, minifyInternalExports: false, sourcemapExcludeSources: true },
};

export default defineConfig([
  {
    ...code,
    format: "esm",
    entry: { ...library, ...programs },
    dts: false,
    ...besideGen("../gen"),
  },
  { ...common, format: "esm", entry: library, dts: { emitDtsOnly: true }, ...besideGen("../gen") },
  {
    ...code,
    format: "cjs",
    entry: library,
    dts: true,
    ...besideGen("./gen"),
    // jose has no CommonJS.
    deps: { alwaysBundle: ["jose"], onlyBundle: ["jose"] },
  },
  {
    ...common,
    format: "cjs",
    entry: "gen/**/*.js",
    outDir: "dist/gen",
    root: "gen",
    unbundle: true,
    plugins: [commonJsFolder],
    dts: false,
    // The declarations have them.
    outputOptions: { esModule: true, comments: { jsdoc: false } },
    outExtensions: () => ({ js: ".js" }),
    copy: [{ from: "gen/**/*.d.ts", to: "dist/gen", flatten: false }],
  },
]);
