import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { minifySync } from "rolldown/utils";
import { defineConfig, type Rolldown, type UserConfig } from "tsdown";
import * as protobuf from "./src/protobuf.ts";

/** What programs import: the entry points of package.json's `exports`. */
const library = {
  index: "src/index.ts",
  core: "src/core/index.ts",
  callers: "src/callers/index.ts",
  opentelemetry: "src/telemetry/index.ts",
  "service-users": "src/service-users/index.ts",
  testing: "src/testing/index.ts",
  "token-stores": "src/token-stores/index.ts",
  webhooks: "src/webhooks/index.ts",
};

/**
 * The library, as Cloudflare's workerd gets it: with `fetch` for its network. The emulator and the files of service users
 * need Node.
 */
const { testing: _, "service-users": __, ...workerd } = library;

/** What is run. */
const programs = {
  cli: "src/cli/main.ts",
  "protoc-gen-es": "src/codegen/plugin/protoc-gen-es.ts",
  "protoc-gen-zitadel-connect": "src/codegen/plugin/protoc-gen-zitadel-connect.ts",
};

/**
 * Of Connect, clients need its errors and what reads them: a tenth of what its entry point loads, which is for servers and
 * for transports that are not ours. Its types stay its own, and it knows its errors from other copies.
 */
const CONNECT = /^@connectrpc\/connect(-node)?(\/|$)/;

/** Entry points with a client in them. */
const CLIENTS: readonly string[] = [library.index, library.core, library.callers];
/** What the command needs for help, and for a token that it has kept: nothing of Connect, and nothing of protobuf. */
const LIGHT: readonly string[] = [
  "src/cli/run.ts",
  "src/cli/commands/token.ts",
  "src/cli/connection/token-source.ts",
];
const OTHERS = Object.values(library).filter((entry) => !CLIENTS.includes(entry));

/**
 * What a client needs for its first call is in three files, since Node takes a millisecond to find and to link each one
 * that it loads: in `base` what the command begins with as well, in `shared` what other entry points use as well, in `client`
 * the rest. What is imported lazily stays apart.
 */
const chunks: readonly Rolldown.CodeSplittingGroup[] = [
  { name: (id, graph) => (isLoaded(id, LIGHT, graph) && isLoaded(id, CLIENTS, graph) ? "base" : null) },
  { name: (id, graph) => (isLoaded(id, CLIENTS, graph) && isLoaded(id, OTHERS, graph) ? "shared" : null) },
  { name: (id, graph) => (isLoaded(id, [library.core], graph) && !isEntry(id) ? "client" : null) },
];

/**
 * Whether one of the entry points loads a module at once. Of packages this says nothing: they have index files, by which
 * everything seems to need all of them. What is really used of them goes with its users.
 */
function isLoaded(id: string, entries: readonly string[], graph: Rolldown.ChunkingContext): boolean {
  const loaded = new Set(entries.map((entry) => join(import.meta.dirname, entry)));
  for (const one of loaded) for (const next of graph.getModuleInfo(one)?.importedIds ?? []) loaded.add(next);
  return loaded.has(id) && !id.includes("node_modules");
}

function isEntry(id: string): boolean {
  return Object.values(library).some((entry) => id === join(import.meta.dirname, entry));
}

/** gen/ is not part of a bundle, since programs import it as well. `folder` is where it is, seen from dist/. */
function besideGen(
  folder: "../gen" | "../../gen" | "./gen",
  ...others: readonly Rolldown.Plugin[]
): Pick<UserConfig, "inputOptions"> {
  const plugin: Rolldown.Plugin = {
    name: "beside-gen",
    resolveId: {
      filter: { id: /^\.\.\/(?:.*\/)?gen\/.*\.js$/ },
      handler: (id) => ({ id: id.replace(/^.*?\/gen(?=\/)/, folder), external: "absolute" }),
    },
  };
  return { inputOptions: (options) => ({ ...options, plugins: [plugin, ...others, options.plugins] }) };
}

/** What is imported of protobuf-es comes from `#protobuf`, as far as that has it: see docs/design/packaging.md. */
const oneFileOfProtobuf: Rolldown.Plugin = {
  name: "one-file-of-protobuf",
  resolveId: { filter: { id: /^#protobuf/ }, handler: (id) => ({ id, external: true }) },
  transform: {
    filter: { code: "@bufbuild/protobuf" },
    handler(code) {
      const replaced = code.replace(PROTOBUF_IMPORT, (statement, list: string, path = "") => {
        const names = list.split(",").map((name) => name.trim());
        const [here, elsewhere] = [true, false].map((wanted) =>
          names.filter((name) => (name.split(" ")[0] ?? "") in protobuf === wanted).join(", "),
        );
        // As many lines as before, for source maps.
        const lines = statement.replaceAll(/[^\n]/g, "");
        return `import { ${here} } from "#protobuf${path}"; import { ${elsewhere} } from "@bufbuild/protobuf${path}";${lines}`;
      });
      return { code: replaced, map: null };
    },
  },
};

const PROTOBUF_IMPORT = /^import \{([^}]*)\} from "@bufbuild\/protobuf(\/(?:reflect|wire|wkt))?";/gm;

const PROTOBUF = join(import.meta.dirname, "node_modules/@bufbuild/protobuf/dist/esm/");

/** `#protobuf` has functions of protobuf-es. Descriptors, and what makes them, stay those of the installed package. */
const installedDescriptors: Rolldown.Plugin = {
  name: "installed-descriptors",
  resolveId: {
    filter: { id: /^\.\.?\/|\/wkt\/google\// },
    handler(id, importer) {
      if (!id.startsWith(".")) return { id, external: true };
      if (!importer?.startsWith(PROTOBUF)) return undefined;
      const file = relative(PROTOBUF, join(dirname(importer), id));
      if (file.startsWith("wkt/google/")) return { id: `@bufbuild/protobuf/${file}`, external: true };
      if (file.startsWith("codegenv2/")) return { id: "@bufbuild/protobuf/codegenv2", external: true };
      return file === "registry.js" ? { id: "@bufbuild/protobuf", external: true } : undefined;
    },
  },
  /** The part that is Google's, which Connect's license does not cover. */
  generateBundle() {
    const text = readFileSync(join(PROTOBUF, "wire/varint.js"), "utf8");
    const license = /^(?:\/\/.*\n)+/.exec(text)?.[0].replaceAll(/^\/\/ ?/gm, "");
    if (!license?.startsWith("Copyright")) this.error("There is no license in varint.js");
    this.emitFile({ type: "asset", fileName: "licenses/protobuf-varint.txt", source: license });
  },
};

/** Puts one file of src/ in the place of another. */
function replace(file: string, replacement: string): Rolldown.Plugin {
  return {
    name: "replace",
    resolveId: {
      filter: { id: new RegExp(`/${file.replace(".", "\\.")}$`) },
      async handler(id, importer) {
        return await this.resolve(id.replace(file, replacement), importer);
      },
    },
  };
}

/**
 * Says what .js and .d.ts files in a folder are, where the package's own are ES modules, and puts the declarations of gen/
 * there: without the lines that tell where each field was generated from, a quarter of them, for which gen/ can be read.
 */
const commonJsFolder: Rolldown.Plugin = {
  name: "commonjs-folder",
  generateBundle() {
    this.emitFile({ type: "asset", fileName: "package.json", source: '{ "type": "commonjs" }\n' });
    for (const fileName of globSync("**/*.d.ts", { cwd: "gen" })) {
      const text = readFileSync(join("gen", fileName), "utf8");
      this.emitFile({ type: "asset", fileName, source: text.replace(ORIGIN_ALONE, "").replace(ORIGIN, "") });
    }
  },
};

const ORIGIN_ALONE = /^ *\/\*\*\n *\* @generated from .*\n *\*\/\n/gm;
const ORIGIN = /^(?: *\*\n)? *\* @generated from .*\n/gm;

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

/** Files of what the package mostly has no sources of: without those, maps would be of no use, and large. */
const withoutMaps: Rolldown.Plugin = {
  name: "without-maps",
  writeBundle({ dir = "." }, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== "chunk") continue;
      const unshipped = file.moduleIds.filter((id) => UNSHIPPED.test(id));
      if (unshipped.length < 0.5 * file.moduleIds.length || unshipped.length === 0) continue;
      const path = join(dir, file.fileName);
      rmSync(`${path}.map`, { force: true });
      const text = readFileSync(path, "utf8").replace(/\/\/# sourceMappingURL=.*\s*$/, "");
      writeFileSync(path, minifySync(path, text, WHITE_SPACE).code);
    }
  },
};

const WHITE_SPACE = { module: true, compress: false, mangle: false, codegen: { removeWhitespace: true } };

/** See `files` of package.json. */
const UNSHIPPED = /\/src\/(?:cli|codegen|doctor|service-users|testing)\//;

/**
 * Source maps refer to src/, which the package has, so that both formats need not have it, and its comments, within them.
 */
const code: UserConfig = {
  ...common,
  sourcemap: true,
  plugins: [withoutMaps],
  outputOptions: {
    esModule: true,
    minifyInternalExports: false,
    sourcemapExcludeSources: true,
    comments: { jsdoc: false },
  },
};

/** The licenses of what is within the build; Connect's packages, and Buf's, come without the text of theirs. */
const licenses: UserConfig["copy"] = [
  { from: "node_modules/@grpc/grpc-js/LICENSE", to: "dist/licenses", rename: "Apache-2.0.txt" },
  { from: "node_modules/jose/LICENSE.md", to: "dist/licenses", rename: "jose.md" },
];

export default defineConfig([
  {
    ...code,
    format: "esm",
    entry: { ...library, ...programs },
    dts: false,
    copy: licenses,
    ...besideGen("../gen", oneFileOfProtobuf),
    outputOptions: { ...code.outputOptions, codeSplitting: { groups: [...chunks] } },
    deps: { alwaysBundle: [CONNECT], onlyBundle: ["@connectrpc/connect", "@connectrpc/connect-node"] },
  },
  {
    ...common,
    format: "esm",
    entry: { protobuf: "src/protobuf.ts" },
    plugins: [installedDescriptors],
    dts: false,
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    outputOptions: { comments: false },
    deps: { alwaysBundle: [/^@bufbuild\/protobuf/], onlyBundle: ["@bufbuild/protobuf"] },
  },
  { ...common, format: "esm", entry: library, dts: { emitDtsOnly: true }, ...besideGen("../gen") },
  {
    ...code,
    format: "esm",
    // Its code is that for Node, which has maps.
    sourcemap: false,
    // Whoever deploys it bundles and minifies it anyway.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    entry: workerd,
    outDir: "dist/workerd",
    dts: false,
    plugins: [
      replace("node-network.ts", "workerd-network.ts"),
      replace("credential-file.ts", "workerd-file.ts"),
    ],
    ...besideGen("../../gen"),
  },
  { ...common, format: "cjs", entry: { unsupported: "src/unsupported.ts" }, dts: true },
  {
    ...code,
    format: "cjs",
    entry: library,
    dts: true,
    // Two formats of all would make the package too large. Maps tell the lines.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    ...besideGen("./gen"),
    // jose has no CommonJS, neither code nor types. Connect's types have enums: a program's own must be the same.
    deps: {
      alwaysBundle: ["jose", CONNECT],
      onlyBundle: ["jose", "@connectrpc/connect", "@connectrpc/connect-node"],
      dts: { alwaysBundle: ["jose"] },
    },
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
    // Nobody reads these: the declarations have the comments, and gen/ the same code.
    outputOptions: { esModule: true, comments: false },
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    outExtensions: () => ({ js: ".js" }),
  },
]);
