import { relative, resolve } from "node:path";
import { collectServices } from "../../codegen/api-record.ts";
import { computeInputsDigest, createDocumentedImage } from "../../codegen/documented-image.ts";
import { generate as generateCode } from "../../codegen/generate.ts";
import { computeApiDigest } from "../../codegen/identity.ts";
import { encodeLockedImage, findChangedSettings, type LockedSettings } from "../../codegen/lock.ts";
import { checkReplaceable, computeOutputDigest } from "../../codegen/output.ts";
import { findMissingRuntime, requirePeers } from "../../codegen/peers.ts";
import { type Api, readApi } from "../../codegen/read-api.ts";
import { parseSource, SOURCE_FORMS } from "../../codegen/sources/parse-source.ts";
import { createStreamNotes } from "../../codegen/stream-notes.ts";
import { checkMatched, type Filter } from "../../codegen/subset/selection.ts";
import type { OutputFormat } from "../../codegen/template.ts";
import { check } from "../check.ts";
import type { Command } from "../command.ts";
import { type OptionSpecs, type OptionValues, parseChoice, parseOptions } from "../command-line.ts";
import { type LoadedConfig, loadConfig } from "../config.ts";
import { UsageError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { readLock, readLockToReplace, toLockFile, toPortableSource, writeLock } from "../lock-file.ts";
import { SOURCE_OPTIONS, toFilter, toInstanceOptions } from "../source-options.ts";
import type { Terminal } from "../terminal.ts";

const OPTIONS = {
  from: { type: "string", value: "source", help: "The source of the API (see above)" },
  out: { type: "string", value: "directory", help: "The directory to generate; it is replaced as a whole" },
  target: {
    type: "string",
    value: "js|ts",
    help: "JavaScript with declarations, which needs no build, or TypeScript, for\na build that compiles the directory. Default: js",
  },
  "import-extension": {
    type: "string",
    value: "js|ts|none",
    help: "How generated files import each other. Default: js",
  },
  check: {
    type: "boolean",
    help: "Generate nothing; exit with 3 if the API differs from the lock file,\nor if the generated code was changed",
  },
  ...SOURCE_OPTIONS,
} as const satisfies OptionSpecs;

/** `zitadel-connect generate` */
export const generate: Command = {
  description: `Missing options are taken from zitadel-connect.json; if there is one, zitadel-connect.lock.json records what the code was generated from.

A source is one of:

${SOURCE_FORMS.replaceAll(/^/gm, "  ")}`,
  options: OPTIONS,
  examples: [
    {
      line: "zitadel-connect generate --from https://acme.zitadel.cloud --out src/zitadel",
      help: "The whole API of an instance",
    },
    {
      line: "zitadel-connect generate --from pin --include 'zitadel.user.v2.*' --out src/zitadel",
      help: "Part of this package's API",
    },
    {
      line: "zitadel-connect generate --check",
      help: "In CI, with a zitadel-connect.json: is the code up to date?",
    },
  ],
  async run(args, terminal) {
    const values = parseOptions(OPTIONS, args);
    const loaded = loadConfig(values.config, terminal.directory);
    const settings = toSettings(values, loaded, terminal.directory);
    const { from, directory, out, filter, format } = settings;
    const instance = toInstanceOptions(values, loaded, terminal.directory);
    const read = async () => {
      const api = await readApi(parseSource(from, { directory, instance }), filter, terminal.status);
      // The lock lacks what its own exclusions left out, so these may match nothing.
      if (from !== LOCK) checkMatched(api.unmatched);
      for (const note of [...api.notes, ...createStreamNotes(api.files)]) terminal.err(`Note: ${note}\n`);
      return api;
    };
    const lock = { file: toLockFile(loaded), settings: { ...format, ...filter } };
    const named = toPortableSource(from, directory, loaded.directory);
    if (values.check === true) {
      return await check({ ...lock, lockFile: lock.file, from: named, out, read }, terminal);
    }
    if (from === LOCK) checkLockedFilter(lock.file, lock.settings);
    requirePeers();
    await write(await read(), { ...settings, from: named }, lock, terminal);
    return ExitCode.ok;
  },
};

/** Generating from this source does not change the lock. */
const LOCK = "lock";

/** Refuses another selection, since a lock has only the part that was selected. */
function checkLockedFilter(file: string | undefined, settings: LockedSettings): void {
  const changed = findChangedSettings(readLock(file)?.settings ?? settings, settings);
  const [name] = changed.filter((one) => one === "include" || one === "exclude");
  if (name === undefined) return;
  throw new UsageError(
    `${name}: the lock holds only the part of the API that was selected when it was written; generate from the original source`,
  );
}

interface Settings {
  readonly from: string;
  /** The directory that a source's path is relative to. */
  readonly directory: string;
  readonly out: string;
  readonly filter: Filter;
  readonly format: OutputFormat;
}

function toSettings(values: OptionValues<typeof OPTIONS>, loaded: LoadedConfig, directory: string): Settings {
  const { config } = loaded;
  const from = values.from ?? config.from;
  const out = values.out ?? config.out;
  if (from === undefined || out === undefined) {
    const missing = from === undefined ? "--from" : "--out";
    throw new UsageError(`${missing} is missing: give it here or in zitadel-connect.json`);
  }
  const target = parseChoice("target", ["js", "ts"], values.target) ?? config.target ?? "js";
  const importExtension =
    parseChoice("import-extension", ["js", "ts", "none"], values["import-extension"]) ??
    config.importExtension ??
    "js";
  if (target === "js" && importExtension === "ts") {
    throw new UsageError(
      "--import-extension ts: there are no .ts files with --target js; give --target ts, or js here",
    );
  }
  return {
    from,
    directory: values.from === undefined || from === LOCK ? loaded.directory : directory,
    out: resolve(values.out === undefined ? loaded.directory : directory, out),
    filter: toFilter(values, loaded),
    format: { target, importExtension },
  };
}

interface LockTarget {
  /** Absent where there is no configuration. */
  readonly file: string | undefined;
  readonly settings: LockedSettings;
}

async function write(
  api: Api,
  { from, out, format }: Settings,
  { file, settings }: LockTarget,
  terminal: Terminal,
): Promise<void> {
  const started = performance.now();
  checkReplaceable(out);
  const shown = relative(terminal.directory, out) || out;
  const image = await createDocumentedImage(api);
  const inputs = computeInputsDigest(image, format);
  const previous = readLockToReplace(file);
  if (
    previous?.inputs === inputs &&
    previous.output === computeOutputDigest(out) &&
    findChangedSettings(previous.settings, settings).length === 0
  ) {
    terminal.out(`${shown} is up to date with ${api.description}.\n`);
    return;
  }
  const what = describeExtent(api);
  terminal.status(`Generating ${what}`);
  const writesLock = file !== undefined && from !== LOCK;
  const [, locked] = await Promise.all([
    generateCode({ image, out, format }),
    writesLock ? encodeLockedImage(image) : "",
  ]);
  if (writesLock) {
    writeLock(file, {
      lockVersion: 2,
      from,
      description: isPath(from) ? from : api.description,
      settings,
      digest: computeApiDigest(api.files),
      inputs,
      output: computeOutputDigest(out) ?? "",
      api: locked,
    });
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  terminal.out(`Generated ${what} from ${api.description} to ${shown} in ${seconds} s.\n`);
  const missing = findMissingRuntime(out);
  if (missing !== undefined) terminal.err(`Note: ${missing}\n`);
}

function isPath(from: string): boolean {
  return from.startsWith(".");
}

function describeExtent({ files }: Api): string {
  const services = collectServices(files);
  const rpcs = services.reduce((sum, { methods }) => sum + methods.length, 0);
  const count = (number: number, unit: string) => `${number} ${unit}${number === 1 ? "" : "s"}`;
  return `${count(services.length, "service")} with ${count(rpcs, "RPC")}`;
}
