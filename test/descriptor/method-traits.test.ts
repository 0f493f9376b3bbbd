import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { create, createFileRegistry, type DescMethod } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema, MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { root } from "../../scripts/pinned-api.ts";
import { readPinnedApi } from "../../src/codegen/sources/pin.ts";
import { methodTraits } from "../../src/descriptor/method-traits.ts";
import { hasField, messageOption } from "../../src/descriptor/option-fields.ts";
import { file, message, service } from "../codegen/support/apis.ts";

/** RPCs of Zitadel, without options. */
function methodsNamed(...names: string[]): readonly DescMethod[] {
  const all = file({
    name: "zitadel/x.proto",
    package: "zitadel.x",
    messageType: [message("M")],
    service: [service("S", "zitadel.x.M", names)],
  });
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [all] }));
  return registry.getService("zitadel.x.S")?.methods ?? [];
}

const findAccess = (...names: string[]) =>
  methodsNamed(...names).map((method) => methodTraits(method).access);

describe("whether an RPC of Zitadel reads or writes", () => {
  it("is determined by the first word of its name, not by its first letters", () => {
    const reads = ["GetUser", "ListUsers", "SearchUsers", "IsUnique", "Exists", "Healthz", "GetOrgByDomain"];
    assert.deepEqual(new Set(findAccess(...reads)), new Set(["read"]));
    const writes = ["IssueToken", "IsolateUser", "Getaway", "Listen", "GetOrCreateUser", "GetAndLockUser"];
    assert.deepEqual(new Set(findAccess(...writes)), new Set(["write"]));
  });

  it("is what the RPC declares, if it declares something", () => {
    const [method] = methodsNamed("ResetUser");
    assert.ok(method !== undefined);
    const idempotency = MethodOptions_IdempotencyLevel.IDEMPOTENT;
    assert.equal(methodTraits({ ...method, idempotency }).access, "idempotent");
  });

  it("is never a read for an RPC of the pinned API that is bound to PUT, PATCH or DELETE", async () => {
    const methods = (await readPinnedApi()).files.flatMap(({ services }) =>
      services.flatMap((s) => s.methods),
    );
    const bound = methods.filter(({ proto }) => {
      const http = messageOption(proto.options, 72_295_728);
      return [3, 5, 6].some((verb) => hasField(http, verb));
    });
    assert.ok(bound.length > methods.length / 4, `${bound.length} of ${methods.length}`);
    assert.deepEqual(
      bound.filter((method) => methodTraits(method).access === "read"),
      [],
    );
  });

  it("is recorded for every RPC of the pinned API, with verbs that either always read or always write", () => {
    const rows = readFileSync(join(root, "proto/api.tsv"), "utf8").trimEnd().split("\n").slice(1);
    const verbs = new Map<string, Set<string>>();
    for (const row of rows) {
      const [, method = "", access = ""] = row.split("\t");
      const verb = /^[A-Z][a-z]*/.exec(method)?.[0] ?? method;
      verbs.set(verb, (verbs.get(verb) ?? new Set()).add(access));
    }
    assert.deepEqual(
      [...verbs].filter(([, accesses]) => accesses.size !== 1),
      [],
    );
  });
});
