import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { readApi } from "../../src/codegen/read-api.ts";
import { file, message, service, sourceOf, Type } from "./support/apis.ts";

async function rejection(...files: FileDescriptorProto[]): Promise<string> {
  return await readApi(sourceOf(files)).then(
    () => assert.fail("it was accepted"),
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

describe("descriptors that are refused, with a sentence that says why", () => {
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
    it(`a file of the name ${JSON.stringify(name)}`, async () => {
      const problem = `${JSON.stringify(name)} is not a valid file name`;
      assert.equal(await rejection(file({ name })), `CodegenError: test: ${problem}`);
    });
  }

  it("files that would be generated to the same place", async () => {
    assert.match(
      await rejection(file({ name: "a/B.proto" }), file({ name: "a/b.proto" })),
      /a\/b\.proto and a\/B\.proto would be generated to the same file/,
    );
  });

  it("a package of a name that is none", async () => {
    const hostile = file({ name: "a.proto", package: "a; import('evil')" });
    assert.match(await rejection(hostile), /is not a valid package name/);
  });

  it("a message, field, service, RPC or enum value of a name that is none", async () => {
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

  it("a syntax that nobody knows", async () => {
    assert.match(await rejection(file({ name: "a.proto", syntax: "proto9" })), /unknown syntax "proto9"/);
  });

  it("files that import each other in a circle", async () => {
    const a = file({ name: "a.proto", dependency: ["b.proto"] });
    const b = file({ name: "b.proto", dependency: ["a.proto"] });
    assert.match(await rejection(a, b), /import each other in a circle: a\.proto → b\.proto → a\.proto/);
  });

  it("imports nested without end", async () => {
    const chain = Array.from({ length: 3000 }, (_, i) =>
      file({ name: `f${i}.proto`, dependency: i === 2999 ? [] : [`f${i + 1}.proto`] }),
    );
    assert.match(await rejection(...chain), /nested more than 1000 files deep/);
  });

  it("more files than any API has", async () => {
    const many = Array.from({ length: 10_001 }, (_, i) => file({ name: `f${i}.proto` }));
    assert.match(await rejection(...many), /has 10001 files, more than 10000/);
  });

  it("a file that is there twice, differently", async () => {
    const twice = [file({ name: "a.proto" }), file({ name: "a.proto", package: "other" })] as const;
    assert.match(await rejection(...twice), /a\.proto appears twice, with different contents/);
  });

  it("references that lead nowhere", async () => {
    const dangling = file({ name: "a.proto", messageType: [message("A", { b: "nowhere.B" })] });
    assert.match(await rejection(dangling), /do not fit together: .*nowhere\.B not found/);
  });

  it("an import that nobody has", async () => {
    const importing = file({ name: "a.proto", dependency: ["b.proto"] });
    assert.match(await rejection(importing), /a\.proto imports b\.proto, which is missing and unknown here/);
  });
});

describe("descriptors that are accepted", () => {
  it("the same file twice", async () => {
    assert.equal(
      (await readApi(sourceOf([file({ name: "a.proto" }), file({ name: "a.proto" })]))).files.length,
      1,
    );
  });

  it("messages that contain themselves and each other", async () => {
    const cyclic = [message("A", { a: "A", b: "B" }), message("B", { a: "A" })];
    const api = await readApi(sourceOf([file({ name: "a.proto", messageType: cyclic })]));
    assert.equal(api.files.length, 1);
  });

  it("a version of protobuf's own files that differs from the runtime's, which is taken instead", async () => {
    const timestamp = "google/protobuf/timestamp.proto";
    const own = file({ name: timestamp, package: "google.protobuf", messageType: [message("Timestamp")] });
    const user = file({
      name: "a.proto",
      dependency: [timestamp],
      messageType: [message("A", { at: "google.protobuf.Timestamp" })],
    });
    const api = await readApi(sourceOf([own, user]));
    assert.equal(api.files.find(({ proto }) => proto.name === timestamp)?.messages[0]?.fields.length, 2);
  });
});
