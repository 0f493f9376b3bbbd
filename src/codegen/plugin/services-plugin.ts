import type { DescService } from "@bufbuild/protobuf";
import type { createEcmaScriptPlugin, GeneratedFile, Printable, Schema } from "@bufbuild/protoplugin";
import { methodTraits } from "../../descriptor/method-traits.ts";
import { servicePaths } from "../service-paths.ts";

/**
 * The Buf plugin that makes all generated services reachable from one object, without importing any of them:
 * `services.js` has their names and, for each, how to import it; `services.d.ts` has their types.
 */
export const servicesPlugin: Parameters<typeof createEcmaScriptPlugin>[0] = {
  name: "protoc-gen-zitadel-connect",
  version: "v1",
  generateJs: (schema) => generate(schema, "services.js", printService("")),
  generateDts: (schema) => generate(schema, "services.d.ts", printServiceType),
  // With target=ts everything is in one file, whose types are inferred from its values.
  generateTs: (schema) => generate(schema, "services.ts", printService(" as const")),
};

type Print = (f: GeneratedFile, service: DescService, indent: string, schema: Schema) => void;

type PrintEntry = (f: GeneratedFile, service: DescService, indent: string) => void;

/** A package, or part of its name: what is found below it, and the service at this very path. */
interface PathNode {
  service?: DescService;
  readonly children: Map<string, PathNode>;
}

function generate(schema: Schema, fileName: string, print: Print): void {
  const services = schema.files.flatMap((file) => file.services);
  const f = schema.generateFile(fileName);
  f.print("/* eslint-disable */");
  f.print();
  f.print(f.jsDoc("Every service of the API, by the path under which a client has it."));
  f.print(f.export("const", "services"), fileName.endsWith(".d.ts") ? ": {" : " = {");
  printChildren(f, treeOf(services), "  ", (...args) => print(...args, schema));
  f.print("};");
}

function treeOf(services: readonly DescService[]): PathNode {
  const root: PathNode = { children: new Map() };
  for (const [service, path] of servicePaths(services)) {
    let node = root;
    for (const segment of path) {
      const child = node.children.get(segment) ?? { children: new Map() };
      node.children.set(segment, child);
      node = child;
    }
    node.service = service;
  }
  return root;
}

function printChildren(f: GeneratedFile, node: PathNode, indent: string, print: PrintEntry): void {
  for (const [name, child] of [...node.children].sort(([a], [b]) => (a < b ? -1 : 1))) {
    f.print(indent, key(f, name), ": {");
    if (child.service !== undefined) print(f, child.service, `${indent}  `);
    printChildren(f, child, `${indent}  `, print);
    f.print(indent, "},");
  }
}

/** `__proto__: …` would set the prototype of the object, where `["__proto__"]: …` makes a property. */
function key(f: GeneratedFile, name: string): Printable {
  return name === "__proto__" ? ["[", f.string(name), "]"] : f.string(name);
}

/** As imports of generated files are written, which protoplugin sees to for static ones only. */
function withExtension({ options }: Schema, path: string): string {
  const extension = options.importExtension === "none" ? "" : `.${options.importExtension}`;
  return path.replace(/\.js$/, extension);
}

/** `$service` cannot be the name of a package, so that a package may have a service and sub-packages. */
function printService(asConst: "" | " as const"): Print {
  return (f, service, indent, schema) => {
    const { name, from } = f.importSchema(service);
    f.print(indent, "$service: {");
    f.print(indent, "  typeName: ", f.string(service.typeName), ",");
    f.print(indent, "  methods: [");
    for (const method of service.methods) f.print(indent, "    ", f.string(method.localName), ",");
    f.print(indent, "  ],");
    printLists(f, service, `${indent}  `, `${asConst},`);
    f.print(
      indent,
      "  load: () => import(",
      f.string(withExtension(schema, from)),
      ").then((module) => module.",
      name,
      "),",
    );
    f.print(indent, "},");
  };
}

function printServiceType(f: GeneratedFile, service: DescService, indent: string): void {
  f.print(indent, "$service: {");
  f.print(indent, "  typeName: ", f.string(service.typeName), ";");
  f.print(indent, "  methods: readonly string[];");
  printLists(f, service, `${indent}  `, ";");
  f.print(indent, "  load(): Promise<typeof ", f.importSchema(service, true), ">;");
  f.print(indent, "};");
}

/** The RPCs that list something, each with the field of its answer that holds the items. */
function printLists(f: GeneratedFile, service: DescService, indent: string, end: string): void {
  f.print(indent, "lists: {");
  for (const method of service.methods) {
    const items = methodTraits(method).list?.items;
    if (items !== undefined) f.print(indent, "  ", method.localName, ": ", f.string(items.localName), end);
  }
  f.print(indent, "}", end.replace(" as const", ""));
}
