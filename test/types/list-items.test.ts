import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import type { DescService } from "@bufbuild/protobuf";
import { services } from "../../gen/services.js";
import { root } from "../../scripts/pinned-api.ts";
import type { ServiceTree } from "../../src/client/service-tree.ts";
import { methodTraits } from "../../src/descriptor/method-traits.ts";

/** Within the repository, so that imports resolve. */
const work = join(root, "node_modules/.cache/list-items");

interface Row {
  readonly service: string;
  readonly method: string;
}

/** The list RPCs, from the reviewed record of the API. */
function recordedLists(): Row[] {
  const [header = "", ...lines] = readFileSync(join(root, "proto/api.tsv"), "utf8").trim().split("\n");
  const columns = header.split("\t");
  const rows = lines.map((line) => Object.fromEntries(line.split("\t").map((cell, i) => [columns[i], cell])));
  return rows
    .filter(({ items }) => items !== "-")
    .map(({ service = "", method = "" }) => ({ service, method }));
}

/** The services, each with its path on a client. */
async function loadServices(tree: ServiceTree, path: string[] = []): Promise<Map<DescService, string[]>> {
  const found = new Map<DescService, string[]>();
  for (const [segment, node] of Object.entries(tree)) {
    if (typeof node.load === "function") found.set((await node.load()) as DescService, path);
    else for (const entry of await loadServices(node as ServiceTree, [...path, segment])) found.set(...entry);
  }
  return found;
}

/** A program in which each list RPC must have the items that its descriptor says, in the tree and on a client. */
async function program(): Promise<{ code: string; checks: number }> {
  const loaded = await loadServices(services);
  const lines = [
    'import type { List, ServiceClient, Zitadel } from "zitadel-connect";',
    "type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;",
    "type Item<Rpc> = Rpc extends () => List<infer I, infer _> ? I : never;",
    "type Name<T> = T extends { readonly $typeName: infer N } ? N : T extends number ? number : T;",
  ];
  const rows = recordedLists();
  for (const [index, { service: typeName, method: name }] of rows.entries()) {
    const [service, path] = [...loaded].find(([{ typeName: own }]) => own === typeName) ?? [];
    const method = service?.methods.find((method) => method.name === name);
    const items = method && methodTraits(method).list?.items;
    assert.ok(service && path && items, `${typeName}/${name}`);
    const expected = items.message
      ? JSON.stringify(items.message.typeName)
      : items.enum
        ? "number"
        : "string";
    const file = `zitadel-connect/api/${service.file.name}_pb.js`;
    const onTree = ["Zitadel", ...path, method.localName].reduce((type, key) => `${type}["${key}"]`);
    const onClient = `ServiceClient<typeof import("${file}").${service.name}>["${method.localName}"]`;
    lines.push(`export const tree${index}: Same<Name<Item<${onTree}>>, ${expected}> = true;`);
    lines.push(`export const client${index}: Same<Name<Item<${onClient}>>, ${expected}> = true;`);
  }
  return { code: `${lines.join("\n")}\n`, checks: rows.length };
}

/** Compiles programs, at once since that takes seconds. Returns what is wrong with the types of each, by its name. */
async function compile(programs: Readonly<Record<string, string>>): Promise<Record<string, string[]>> {
  for (const [name, code] of Object.entries(programs)) writeFileSync(join(work, `${name}.ts`), code);
  const paths = {
    "zitadel-connect": [join(root, "dist/index.d.ts")],
    "zitadel-connect/api/*": [join(root, "gen/*")],
  };
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { paths, noPropertyAccessFromIndexSignature: false, skipLibCheck: true },
    include: [join(root, "globals.d.ts"), "*.ts"],
    exclude: [],
  };
  writeFileSync(join(work, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules/.bin/tsc");
  const { stdout } = await promisify(execFile)(tsc, ["-p", work, "--singleThreaded"]).catch(
    (error: { stdout: string }) => error,
  );
  // What is wrong elsewhere, `npm run check` tells.
  const lines = stdout.split("\n");
  return Object.fromEntries(
    Object.keys(programs).map((name) => [name, lines.filter((line) => line.includes(`${name}.ts`))]),
  );
}

/** A service that is not Zitadel's, with an RPC for each way to ask for a page, and whether it is known. */
function otherService(): string {
  const ways: Record<string, { request: string; response?: string; known: boolean }> = {
    listByOffset: { request: "{ limit: number; offset: bigint }", known: true },
    listByQuery: {
      request: '{ query?: Message<"acme.v1.Query"> & { limit: number; offset: bigint } }',
      known: true,
    },
    listByToken: { request: "{ pageToken: string }", response: "{ nextPageToken: string }", known: true },
    listByPage: { request: "{ page: number; perPage: number }", known: false },
    listByHalfAToken: { request: "{ pageToken: string }", known: false },
    listAll: { request: "object", known: false },
  };
  const methods = Object.entries(ways).map(
    ([name, { request, response = "object" }]) => `  ${name}: {
    methodKind: "unary";
    input: GenMessage<Message<"acme.v1.Request"> & ${request}>;
    output: GenMessage<Message<"acme.v1.Response"> & { items: string[] } & ${response}>;
  };`,
  );
  const checks = Object.entries(ways).map(
    ([name, { known }]) => `export const ${name}: IsList<Client["${name}"]> = ${known};`,
  );
  return `import type { Message } from "@bufbuild/protobuf";
import type { GenMessage, GenService } from "@bufbuild/protobuf/codegenv2";
import type { List, ServiceClient } from "zitadel-connect";
type Client = ServiceClient<GenService<{
${methods.join("\n")}
}>>;
type IsList<Rpc> = Rpc extends () => List<string, infer _> ? true : false;
${checks.join("\n")}
`;
}

describe("the type of the items of a list", () => {
  let errors: Record<string, string[]>;
  before(async () => {
    mkdirSync(work, { recursive: true });
    const { code, checks } = await program();
    assert.equal(checks, 111);
    errors = await compile({ pinned: code, other: otherService() });
  });
  after(() => rmSync(work, { recursive: true, force: true }));

  it("is that of the descriptor for every list RPC of the pinned API", () => {
    assert.deepEqual(errors["pinned"], []);
  });

  it("is known for another service if its pagination is, and only then", () => {
    assert.deepEqual(errors["other"], []);
  });
});
