import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary } from "@bufbuild/protobuf";
import {
  CodeGeneratorRequestSchema,
  FieldDescriptorProto_Label,
  type FileDescriptorProto,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { encodeImage } from "../../src/codegen/image.ts";
import { loadProtoplugin, prepareProtocGenEs } from "../../src/codegen/plugin/protoplugin.ts";
import { servicesPlugin } from "../../src/codegen/plugin/services-plugin.ts";
import { readApi } from "../../src/codegen/read-api.ts";
import { file, service, Type, toSource } from "./support/apis.ts";
import { character } from "./support/character.ts";

const { createEcmaScriptPlugin } = loadProtoplugin();
type Plugin = ReturnType<typeof createEcmaScriptPlugin>;
const { require } = prepareProtocGenEs();
const { protocGenEs }: { protocGenEs: Plugin } = require("./dist/cjs/src/protoc-gen-es-plugin.js");
const options = "target=js+dts,import_extension=js";
const plugins: readonly (readonly [plugin: Plugin, parameter: string])[] = [
  [protocGenEs, options],
  [createEcmaScriptPlugin(servicesPlugin), `${options},single_directory=true`],
];

/** What the plugins generate for a file, through all steps from a source; nothing if a step refuses it. */
async function generateCode(hostile: FileDescriptorProto, comment: string): Promise<string[] | undefined> {
  const api = await readApi(toSource([hostile])).catch(() => undefined);
  if (api === undefined) return undefined;
  const symbols = ["message acme.Thing", "service acme.Things", "rpc acme.Things.Get", "field acme.Thing#1"];
  const image = encodeImage(api.files, new Map(symbols.map((symbol) => [symbol, comment])));
  const request = create(CodeGeneratorRequestSchema, {
    protoFile: fromBinary(FileDescriptorSetSchema, image).file,
    fileToGenerate: [hostile.name],
  });
  return plugins.flatMap(([plugin, parameter]) => {
    request.parameter = parameter;
    return plugin.run(request).file.map(({ content }) => content);
  });
}

/** Code without its comments and strings, where nothing of a descriptor but its identifiers may appear. */
function bare(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"/g, "");
}

/** Text that ends whatever it is in, and then does harm. */
const attack = fc
  .tuple(
    fc.constantFrom(
      "*/",
      "\n",
      "\r\n",
      '"',
      "'",
      "`",
      "${",
      "\\",
      "\u2028",
      "\u2029",
      "*\\/",
      "//",
      "/*",
      "",
    ),
    fc.constantFrom("*/", "\n", '"', "`", "\u2028", ""),
    fc.string({ unit: character, maxLength: 5 }),
  )
  .map(([first, second, noise]) => `${first}${second}HARM()${noise}${first}`);

const identifier = fc.constantFrom(
  "then",
  "constructor",
  "__proto__",
  "class",
  "await",
  "Promise",
  "toString",
);

describe("text from descriptors", () => {
  it("never becomes code: it stays in comments and strings, or is refused", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ where: fc.integer({ min: 0, max: 6 }), text: attack }),
        async ({ where, text }) => {
          const at = (i: number, usual: string) => (where === i ? text : usual);
          const hostile = file({
            name: at(0, "acme/thing.proto"),
            package: at(1, "acme"),
            syntax: "proto2",
            messageType: [
              {
                name: at(2, "Thing"),
                field: [
                  {
                    name: at(3, "name"),
                    number: 1,
                    type: Type.STRING,
                    label: FieldDescriptorProto_Label.OPTIONAL,
                    defaultValue: at(4, "none"),
                    jsonName: at(5, "name"),
                  },
                ],
              },
            ],
            service: [service("Things", "acme.Thing", ["Get"])],
          });
          for (const code of (await generateCode(hostile, at(6, "A thing."))) ?? []) {
            assert.doesNotMatch(bare(code), /HARM/);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("may name RPCs, messages and packages like JavaScript's own names", async () => {
    await fc.assert(
      fc.asyncProperty(identifier, identifier, async (name, other) => {
        const odd = file({
          name: `${name}.proto`,
          package: `${name}.${other}`,
          messageType: [{ name }],
          service: [service(`${other}Service`, `${name}.${other}.${name}`, [name])],
        });
        const files = (await generateCode(odd, "")) ?? [];
        const js = files.find((code) => code.includes("export const services = {")) ?? "";
        assert.ok(files.some((code) => code.includes("export const services: Services;")));
        const tree = js.slice(js.indexOf("{")).replace(/;\s*$/, "");
        const services: Record<string, Record<string, { $service: { methods: string[] } }>> = new Function(
          `return ${tree}`,
        )();
        const [outer = {}] = Object.values(services);
        const [inner] = Object.values(outer);
        assert.equal(inner?.$service.methods.length, 1);
      }),
    );
  });
});
