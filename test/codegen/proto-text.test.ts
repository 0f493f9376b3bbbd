import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createFileRegistry, type DescFile, fromBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { runBuf } from "../../src/codegen/buf.ts";
import { printProto } from "../../src/codegen/files/proto-text.ts";
import { findWellKnownFile } from "../../src/codegen/files/well-known.ts";
import { readPinnedApi } from "../../src/codegen/sources/pin.ts";
import { compileTree } from "../../src/codegen/sources/protos/compile.ts";
import { temporaryDirectory } from "./support/files.ts";

/** Everything in a file that others see, in each edition of the language. */
const FILES = {
  "old.proto": `syntax = "proto2";
package acme.old;
option java_package = "org.acme";
message Old {
  option deprecated = true;
  required string text = 1 [default = "a \\"quoted\\" \\\\ \\n \\001 \u00e9 default"];
  optional bytes data = 2 [default = "\\000\\377\\"\\n"];
  repeated int32 packed = 3 [packed = true, deprecated = true];
  optional double limit = 4 [default = -inf];
  optional Kind kind = 5 [default = LAST, json_name = "what"];
  optional group Part = 6 { optional string name = 1; }
  repeated group Parts = 7 { optional Kind kind = 1 [default = OTHER]; }
  oneof choice { string a = 8; group Picked = 9 { optional int32 b = 1; } }
  map<int64, Old> map = 10;
  extensions 100 to 199 [declaration = { number: 100, full_name: ".acme.old.more", type: "string" }, verification = DECLARATION];
  extensions 1000 to max;
  enum Kind { option allow_alias = true; FIRST = 0; SAME = 0 [deprecated = true]; OTHER = -1; LAST = 7; }
  extend Old { repeated fixed32 inner = 1001 [packed = true]; }
}
message Set { option message_set_wire_format = true; extensions 4 to max; }
extend Old { optional string more = 100; optional group Outer = 1002 { optional string x = 1; } }
`,
  "three.proto": `syntax = "proto3";
package acme.three;
import public "old.proto";
message Three {
  repeated int32 unpacked = 1 [packed = false];
  optional string maybe = 2;
  int64 number = 3 [jstype = JS_STRING, json_name = "NUMBER"];
  oneof choice { string a_b = 4; Three three = 5; }
  map<string, Inner.Deep> map = 6;
  message Inner { enum Deep { NONE = 0; } }
}
`,
  "edition.proto": `edition = "2023";
package acme.edition;
option features.field_presence = IMPLICIT;
message New {
  string text = 1 [features.field_presence = LEGACY_REQUIRED];
  repeated int32 list = 2 [features.repeated_field_encoding = EXPANDED];
  New inner = 3 [features.message_encoding = DELIMITED, features.field_presence = EXPLICIT];
  string target = 4 [targets = TARGET_TYPE_FIELD, targets = TARGET_TYPE_ENUM, retention = RETENTION_SOURCE];
  Closed closed = 5 [features.field_presence = EXPLICIT];
}
enum Closed { option features.enum_type = CLOSED; ONE = 1; }
`,
};

async function build(files: Record<string, string>): Promise<DescFile[]> {
  using directory = temporaryDirectory({ ...files, "buf.yaml": "version: v1\n" });
  await runBuf(["build", ".", "--output", "image.binpb"], { cwd: directory.path });
  const image = readFileSync(join(directory.path, "image.binpb"));
  return [...createFileRegistry(fromBinary(FileDescriptorSetSchema, image)).files];
}

/** What others see of a file, as JSON, which has no custom options. The order of types does not matter. */
function visible({ proto }: DescFile): string {
  const hidden = ["service", "sourceCodeInfo", "reservedName", "reservedRange"];
  const replaced = (key: string, value: unknown): unknown => {
    if (hidden.includes(key) || (key === "options" && JSON.stringify(value) === "{}")) return undefined;
    if (key !== "nestedType" || !Array.isArray(value)) return value;
    return value.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  };
  return JSON.stringify(toJson(FileDescriptorProtoSchema, proto), replaced, 2);
}

describe("printProto()", () => {
  for (const [what, files] of [
    ["whatever a .proto file may have", () => build(FILES)],
    ["all of the pinned API", async () => (await readPinnedApi()).files],
  ] as const) {
    it(`returns text that compiles to the same: ${what}`, async () => {
      const own = (await files()).filter(({ proto }) => findWellKnownFile(proto.name) === undefined);
      const again = await build(Object.fromEntries(own.map((file) => [file.proto.name, printProto(file)])));
      const byName = new Map(again.map((file) => [file.proto.name, file]));
      for (const file of own) {
        const printed = byName.get(file.proto.name);
        assert.equal(printed && visible(printed), visible(file));
      }
      assert.ok(own.length > 2);
    });
  }

  it("keeps the encoding of options that importing files set", async () => {
    const options = `syntax = "proto3"; package acme;
      import "google/protobuf/descriptor.proto";
      message Limits { repeated int32 of = 1 [packed = false]; }
      extend google.protobuf.MessageOptions { Limits limits = 50001; }`;
    const text =
      'syntax = "proto3"; import "options.proto"; message A { option (acme.limits) = { of: [1, 2] }; }';
    const known = await build({ "options.proto": options });
    const place = { name: "test", at: (path: string) => path, within: (path: string) => path };
    const files = await compileTree(new Map([["a.proto", Buffer.from(text)]]), place, async () => known);
    const file = files.find(({ name }) => name === "a.proto");
    const [unknown] = file?.messageType[0]?.options?.$unknown ?? [];
    // The length, then field 1 as a number, twice.
    assert.deepEqual([...(unknown?.data ?? [])], [4, 8, 1, 8, 2]);
  });
});
