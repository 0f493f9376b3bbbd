import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { Code, ConnectError } from "@connectrpc/connect";
import { ListError, ZitadelError } from "../../src/index.ts";

const init = { method: "a.B/C", origin: "client", code: Code.Unknown, message: "failed" } as const;
const position = { v: 1, method: "a.B/C", pages: 0, yielded: 0, position: "0", anchors: [] };
const cursor = position as unknown as ListError["cursor"];

const errors: Record<string, () => ZitadelError> = {
  ZitadelError: () => new ZitadelError(init),
  ListError: () => new ListError({ reason: new ZitadelError(init), cursor }),
};

/** What a bundler does to the names of classes. */
function minify(type: { readonly name: string }): Disposable {
  const { name } = type;
  Object.defineProperty(type, "name", { value: "e", configurable: true });
  return {
    [Symbol.dispose]: () => void Object.defineProperty(type, "name", { value: name, configurable: true }),
  };
}

for (const [name, make] of Object.entries(errors)) {
  describe(`the name of a ${name}`, () => {
    it("is a constant, even if a bundler renames the class", () => {
      using _ = minify(ZitadelError);
      using __ = minify(ListError);
      const error = make();
      assert.equal(error.toJSON().name, name);
      for (const shown of [String(error), inspect(error), error.stack ?? ""]) {
        assert.ok(shown.startsWith(`${name}: [unknown] a.B/C: `), shown);
      }
    });

    it("begins its stack, followed by the message and the place where it was created", () => {
      const [first, second] = (make().stack ?? "").split("\n");
      assert.ok(first?.startsWith(`${name}: [unknown] a.B/C: `), first);
      assert.match(second ?? "", /names\.test\.ts/);
    });

    it("is Connect's in `name`, by which Connect recognizes it", () => {
      const error = make();
      assert.equal(error.name, "ConnectError");
      assert.ok(error instanceof ConnectError);
    });
  });
}

describe("the stack of a ZitadelError", () => {
  it("can be replaced, as tools do that clean stacks", () => {
    const error = new ZitadelError(init);
    error.stack = "clean";
    assert.equal(error.stack, "clean");
    assert.ok(!Object.keys(error).includes("stack"));
  });
});

describe("a user's class that extends ours", () => {
  class OwnError extends ZitadelError {}
  class OwnListError extends ListError {}

  it("does not have all our errors as its instances", () => {
    const zitadelError: unknown = new ZitadelError(init);
    const listError: unknown = new ListError({ reason: new ZitadelError(init), cursor });
    assert.ok(!(zitadelError instanceof OwnError) && !(listError instanceof OwnError));
    assert.ok(!(listError instanceof OwnListError) && !(zitadelError instanceof ListError));
  });

  it("has its own instances, which are ours too", () => {
    const own = new OwnError(init);
    assert.ok(own instanceof OwnError && own instanceof ZitadelError && own instanceof ConnectError);
    assert.ok(String(own).startsWith("ZitadelError: "));
  });
});
