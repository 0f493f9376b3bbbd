import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { readApi } from "../../src/codegen/read-api.ts";
import { file, message, service, Type, toSource } from "./support/apis.ts";

async function rejection(...files: FileDescriptorProto[]): Promise<string> {
  return await readApi(toSource(files)).then(
    () => assert.fail("it was accepted"),
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

describe("descriptors are refused with a sentence that says why", () => {
  const names = [
    "../up.proto",
    "/etc/x.proto",
    "a/../../b.proto",
    "a\\b.proto",
    "a//b.proto",
    "",
    "./a.proto",
  ];
  for (const name of [...names, "a.proto\n*/ evil() /*", "con\u0000.proto", "a b.proto", "C:/x.proto"]) {
    it(`with a file of the name ${JSON.stringify(name)}`, async () => {
      const problem = `${JSON.stringify(name)} is not a valid file name`;
      assert.equal(await rejection(file({ name })), `CodegenError: test: ${problem}`);
    });
  }

  it("with files that would be generated to the same place", async () => {
    assert.match(
      await rejection(file({ name: "a/B.proto" }), file({ name: "a/b.proto" })),
      /a\/b\.proto and a\/B\.proto would be generated to the same file/,
    );
  });

  it("with a package of an invalid name", async () => {
    const hostile = file({ name: "a.proto", package: "a; import('evil')" });
    assert.match(await rejection(hostile), /is not a valid package name/);
  });

  it("with a message, field, service, RPC or enum value of an invalid name", async () => {
    const hostile = 'x"]; evil(); //';
    const files = [
      file({ name: "a.proto", messageType: [message(hostile)] }),
      file({ name: "a.proto", messageType: [message("A", { [hostile]: Type.STRING })] }),
      file({ name: "a.proto", service: [{ name: hostile }] }),
      file({ name: "a.proto", messageType: [message("A")], service: [service("S", "A", [hostile])] }),
      file({ name: "a.proto", enumType: [{ name: "E", value: [{ name: hostile, number: 0 }] }] }),
    ];
    for (const each of files) assert.match(await rejection(each), /invalid .* name/);
  });

  it("with an unknown syntax", async () => {
    assert.match(await rejection(file({ name: "a.proto", syntax: "proto9" })), /unknown syntax "proto9"/);
  });

  it("with circular imports", async () => {
    const a = file({ name: "a.proto", dependency: ["b.proto"] });
    const b = file({ name: "b.proto", dependency: ["a.proto"] });
    assert.match(await rejection(a, b), /import each other in a circle: a\.proto → b\.proto → a\.proto/);
  });

  it("with endlessly nested imports", async () => {
    const chain = Array.from({ length: 3000 }, (_, i) =>
      file({ name: `f${i}.proto`, dependency: i === 2999 ? [] : [`f${i + 1}.proto`] }),
    );
    assert.match(await rejection(...chain), /nested more than 1000 files deep/);
  });

  it("with more files than any API has", async () => {
    const many = Array.from({ length: 10_001 }, (_, i) => file({ name: `f${i}.proto` }));
    assert.match(await rejection(...many), /has 10001 files, more than 10000/);
  });

  it("with two different versions of a file", async () => {
    const twice = [file({ name: "a.proto" }), file({ name: "a.proto", package: "other" })] as const;
    assert.match(await rejection(...twice), /a\.proto appears twice, with different contents/);
  });

  it("with unresolved references", async () => {
    const dangling = file({ name: "a.proto", messageType: [message("A", { b: "nowhere.B" })] });
    assert.match(await rejection(dangling), /do not fit together: .*nowhere\.B not found/);
  });

  it("with an import that is missing", async () => {
    const importing = file({ name: "a.proto", dependency: ["b.proto"] });
    assert.match(await rejection(importing), /a\.proto imports b\.proto, which is missing and unknown here/);
  });
});

describe("descriptors are accepted", () => {
  it("with the same file twice", async () => {
    assert.equal(
      (await readApi(toSource([file({ name: "a.proto" }), file({ name: "a.proto" })]))).files.length,
      1,
    );
  });

  it("with messages that contain themselves and each other", async () => {
    const cyclic = [message("A", { a: "A", b: "B" }), message("B", { a: "A" })];
    const api = await readApi(toSource([file({ name: "a.proto", messageType: cyclic })]));
    assert.equal(api.files.length, 1);
  });

  it("with a version of protobuf's own files that differs from the runtime's, which is used instead", async () => {
    const timestamp = "google/protobuf/timestamp.proto";
    const own = file({ name: timestamp, package: "google.protobuf", messageType: [message("Timestamp")] });
    const user = file({
      name: "a.proto",
      dependency: [timestamp],
      messageType: [message("A", { at: "google.protobuf.Timestamp" })],
    });
    const api = await readApi(toSource([own, user]));
    assert.equal(api.files.find(({ proto }) => proto.name === timestamp)?.messages[0]?.fields.length, 2);
  });
});
