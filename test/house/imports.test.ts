import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, it } from "node:test";
import { root } from "../../scripts/pinned-api.ts";

/**
 * What each part of src/ may import, apart from itself. `gen` is generated code; a package is named where only that
 * part may use it.
 */
const ARROWS: Record<string, readonly string[]> = {
  shared: [],
  auth: ["jose", "shared"],
  decoding: [],
  descriptor: [],
  permissions: ["descriptor"],
  input: ["descriptor", "gen", "shared"],
  errors: ["auth", "descriptor", "permissions", "shared", "transport", "validation"],
  observation: ["descriptor", "errors", "shared", "transport"],
  logging: ["auth", "errors", "input", "observation", "shared", "transport"],
  telemetry: ["errors", "observation", "shared", "transport", "version", "@opentelemetry/api"],
  doctor: [
    "auth",
    "client",
    "descriptor",
    "errors",
    "gen",
    "service-users",
    "shared",
    "transport",
    "version",
    "node:http2",
  ],
  version: [],
  "package-root": [],
  transport: ["decoding", "descriptor", "shared", "node:http2"],
  client: [
    "auth",
    "shared",
    "descriptor",
    "errors",
    "gen",
    "input",
    "logging",
    "observation",
    "transport",
    "validation",
    "version",
  ],
  codegen: [
    "descriptor",
    "package-root",
    "shared",
    "transport",
    "@bufbuild/protoplugin",
    "@connectrpc/connect-node",
  ],
  cli: [
    "auth",
    "client",
    "codegen",
    "descriptor",
    "doctor",
    "errors",
    "events",
    "gen",
    "input",
    "logging",
    "package-root",
    "permissions",
    "service-users",
    "shared",
    "testing",
    "token-stores",
    "transport",
    "validation",
    "version",
  ],
  validation: ["descriptor", "gen"],
  testing: [
    "descriptor",
    "gen",
    "input",
    "logging",
    "permissions",
    "shared",
    "validation",
    "jose",
    "node:http2",
  ],
  jobs: ["errors", "shared"],
  events: ["errors", "gen", "input", "shared"],
  "token-stores": ["auth", "shared"],
  "service-users": [
    "auth",
    "client",
    "descriptor",
    "errors",
    "events",
    "gen",
    "observation",
    "permissions",
    "shared",
  ],
  webhooks: ["auth", "descriptor", "input", "jose", "shared"],
  callers: ["auth", "client", "jose", "shared"],
  index: ["client", "core"],
  core: [
    "auth",
    "client",
    "descriptor",
    "errors",
    "events",
    "input",
    "jobs",
    "logging",
    "observation",
    "shared",
    "transport",
  ],
};

/** Packages that only the parts that name them may import. */
const RESTRICTED = [
  "jose",
  "@connectrpc/connect-node",
  "node:http2",
  "@bufbuild/protoplugin",
  "@opentelemetry/api",
];

/** Packages that any part may import. */
const SHARED = /^(node:(?!http2)|@bufbuild\/protobuf|@connectrpc\/connect($|\/))/;

/** Imports, also those of types and those that a function makes; and those that are left when types are gone. */
const ALL = /^(?:import|export)\b[^;]*?from "([^"]+)"|\bimport\("([\w./@:-]+)"\)/gm;
const VALUES = /^(?:import|export)\b(?! type\b)[^;]*?from "([^"]+)"|\bimport\("([\w./@:-]+)"\)/gm;

function findImports(file: string, kind = ALL): string[] {
  const source = readFileSync(join(root, file), "utf8");
  const specifiers = source.matchAll(kind);
  return [...specifiers].map(([, from, dynamic]) => {
    const specifier = from ?? dynamic ?? "";
    return specifier.startsWith(".") ? normalize(join(dirname(file), specifier)) : specifier;
  });
}

const imports = new Map(
  globSync("src/**/*.ts", { cwd: root }).map((file) => [file, findImports(file)] as const),
);

/** The part of the code base that a path belongs to: a folder of src/, or a file right in it. */
function toPart(path: string): string {
  const [top, part = ""] = path.split("/");
  if (top !== "src") return top ?? "";
  return part.replace(/\.ts$/, "");
}

function isAllowed(from: string, specifier: string): boolean {
  const allowed = ARROWS[from];
  if (RESTRICTED.includes(specifier)) return allowed?.includes(specifier) ?? false;
  if (/^(src|gen)\//.test(specifier)) {
    const to = toPart(specifier);
    return to === from || (allowed?.includes(to) ?? false);
  }
  return SHARED.test(specifier);
}

/** The rooms of src/transport, each above those that it may use; the files in it that have none are shared words. */
const ROOMS = ["context", "dial", "protocol", "http2", "http1", "pace", "retry", "call", "fetch"];

/** The height of a room; of everything else NaN, which is never below or above. */
function findHeight(path: string): number {
  const [, part = "", room = "", file] = path.split("/");
  return part === "transport" && file !== undefined ? ROOMS.indexOf(room) : Number.NaN;
}

describe("imports of src/", () => {
  it("point one way between its parts", () => {
    const wrong = [...imports].flatMap(([file, specifiers]) =>
      specifiers.filter((to) => !isAllowed(toPart(file), to)).map((to) => `${file} → ${to}`),
    );
    assert.deepEqual(wrong, []);
  });

  it("point downwards between the rooms of the transport", () => {
    const wrong = [...imports].flatMap(([file, specifiers]) =>
      specifiers.filter((to) => findHeight(file) < findHeight(to)).map((to) => `${file} → ${to}`),
    );
    assert.deepEqual(wrong, []);
  });

  it("have no cycle", () => {
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      assert.ok(!path.includes(file), `a cycle: ${[...path, file].join(" → ")}`);
      if (done.has(file)) return;
      for (const next of imports.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of imports.keys()) visit(file, []);
  });

  it("lead from the transport on fetch to no Node connection", () => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const next of findImports(file, VALUES)) {
        if (next.startsWith("src/")) visit(next);
        else reached.add(next);
      }
    };
    for (const file of imports.keys()) if (file.startsWith("src/transport/fetch/")) visit(file);
    assert.ok(reached.has("src/transport/protocol/grpc.ts"));
    const own = [...reached].filter((name) => /^node:(http2?|https|net|tls|dns)$|connect-node/.test(name));
    assert.deepEqual(own, []);
  });

  it("are found by this test", () => {
    assert.ok(imports.get("src/client/create-zitadel.ts")?.includes("src/client/client-options.ts"));
    assert.ok(imports.get("gen/services.js") === undefined && imports.size > 20);
  });
});
