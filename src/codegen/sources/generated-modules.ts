import { posix } from "node:path";
import type { DescFile } from "@bufbuild/protobuf";
import { fileDesc } from "@bufbuild/protobuf/codegenv2";
import * as wkt from "@bufbuild/protobuf/wkt";
import type { Comments } from "../comments.ts";
import { readDeclarationComments } from "../dts-comments.ts";
import { CodegenError } from "../errors.ts";
import { createPartsBudget, decodeFile, type PartsBudget } from "../files/decode-files.ts";
import type { Tree } from "./tree/tree.ts";

/** An API read from code. */
export interface GeneratedApi {
  readonly files: readonly DescFile[];
  readonly comments: Comments;
}

/** A module that protoc-gen-es generated, parsed from its text. */
interface Module {
  readonly isCommonJs: boolean;
  /** The name of its file descriptor: `file_acme_thing`. */
  readonly name: string;
  /** The descriptor, in base64. */
  readonly descriptor: string;
  /** The names of the descriptor's imports in the module. */
  readonly dependencies: readonly string[];
  /** The module's imports by local name: the specifier, and the name there. */
  readonly imports: ReadonlyMap<string, { readonly from: string; readonly name: string }>;
}

const DESCRIPTOR =
  /\b(?:const |exports\.)(file_[\w$]+)(?:: \w+)? = (?:\/\*@__PURE__\*\/\s*)?(?:\(0, [\w$.]+\)|[\w$]+)\(\s*"([A-Za-z\d+/=]*)"(?:, \[([^\]]*)\])?\)/;
const IMPORT = /^(?:import|const)(?: type)? \{([^}]*)\} (?:from |= require\()["']([^"']+)["']\)?;?$/gm;

/**
 * Reads an API back from code that protoc-gen-es 2 generated: the descriptors from the text of its modules, which are
 * not run, and the comments, which modules lack, from its declarations. CommonJS is read only if there are no ES
 * modules. `known` has the files that it imports from elsewhere.
 */
export function readGeneratedModules(tree: Tree, known: readonly DescFile[] = []): GeneratedApi {
  const texts = [...tree].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)] as const);
  const comments = texts.flatMap(([path, text]) =>
    /_pb(\.d)?\.[cm]?ts$/.test(path) ? [...readDeclarationComments(text)] : [],
  );
  const all = texts.flatMap(([path, text]) => {
    const module = /_pb\.[cm]?[jt]s$/.test(path) ? parseModule(text) : undefined;
    return module === undefined ? [] : [[path, module] as const];
  });
  const esModules = all.filter(([, { isCommonJs }]) => !isCommonJs);
  const modules = new Map(esModules.length > 0 ? esModules : all);
  return { files: linkModules(modules, known), comments: new Map(comments) };
}

function parseModule(text: string): Module | undefined {
  const [, name, descriptor, dependencies = ""] = DESCRIPTOR.exec(text) ?? [];
  if (name === undefined || descriptor === undefined) return undefined;
  const imports = [...text.matchAll(IMPORT)].flatMap(([, names = "", from = ""]) =>
    names.split(",").map((each) => {
      const [exported = "", local = exported] = each.trim().split(/ as |: /);
      return [local, { from, name: exported }] as const;
    }),
  );
  const list = dependencies.split(",").map((each) => each.trim().replace(/^.*\./, ""));
  const isCommonJs = !/^(import|export) /m.test(text);
  return {
    isCommonJs,
    name,
    descriptor,
    dependencies: list.filter((each) => each !== ""),
    imports: new Map(imports),
  };
}

/** Creates the files of modules, each linked to those that it imports. */
function linkModules(modules: ReadonlyMap<string, Module>, known: readonly DescFile[]): DescFile[] {
  const byName = new Map([...modules].map(([path, { name }]) => [name, path]));
  const others = new Map([
    ...known.map((file) => [`file_${file.name.replace(/\W+/g, "_")}`, file] as const),
    ...Object.entries(wkt).flatMap(([name, value]) => (isFile(value) ? [[name, value] as const] : [])),
  ]);
  const linked = new Map<string, DescFile | undefined>();
  const budget = createPartsBudget();
  const link = (path: string, module: Module): DescFile => {
    const done = linked.get(path);
    if (done !== undefined) return done;
    if (linked.has(path)) throw new CodegenError(`${path} imports itself`);
    linked.set(path, undefined);
    const file = toFile(
      path,
      validate(path, module, budget),
      module.dependencies.map((local) => {
        const { from = "", name = local } = module.imports.get(local) ?? {};
        const target = findModule(path, from, modules) ?? byName.get(name);
        const found = target === undefined ? undefined : modules.get(target);
        const dependency =
          target === undefined || found === undefined ? others.get(name) : link(target, found);
        if (dependency === undefined) throw new CodegenError(`${path} imports ${name}, which is missing`);
        return dependency;
      }),
    );
    linked.set(path, file);
    return file;
  };
  return [...modules].map(([path, module]) => link(path, module));
}

/** The module that a relative import refers to, whatever its extension. */
function findModule(path: string, from: string, modules: ReadonlyMap<string, Module>): string | undefined {
  if (!from.startsWith(".")) return undefined;
  const target = posix.join(posix.dirname(path), from).replace(/\.[cm]?[jt]s$/, "");
  return ["js", "ts", "mjs", "cjs", "mts", "cts"]
    .map((extension) => `${target}.${extension}`)
    .find((candidate) => modules.has(candidate));
}

/** Validates the descriptor of a module, and returns it. */
function validate(path: string, { descriptor }: Module, budget: PartsBudget): string {
  decodeFile(Buffer.from(descriptor, "base64"), describeMalformed(path), budget);
  return descriptor;
}

function toFile(path: string, descriptor: string, imports: DescFile[]): DescFile {
  try {
    return fileDesc(descriptor, imports);
  } catch (error) {
    throw new CodegenError(describeMalformed(path), { cause: error });
  }
}

function describeMalformed(path: string): string {
  return `${path} has a descriptor that is malformed`;
}

function isFile(value: unknown): value is DescFile {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "file";
}
