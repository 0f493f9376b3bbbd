import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { fromJson } from "@bufbuild/protobuf";
import { createFieldOptions } from "../../src/cli/call/field-options.ts";
import { createCatalog } from "../../src/cli/catalog/catalog.ts";
import { Describer } from "../../src/cli/describe/description.ts";
import { createExample } from "../../src/cli/describe/example.ts";
import { readPinnedApi } from "../../src/codegen/sources/pin.ts";
import { methodTraits } from "../../src/descriptor/method-traits.ts";
import { findViolation } from "../../src/validation/violation.ts";
import { runCommand } from "./support.ts";

describe("zitadel-connect describe", () => {
  const show = (...args: string[]) => runCommand(["describe", ...args]);

  it("shows the documentation, fields, rules, permission, paging and an example of an RPC", async () => {
    const { exitCode, out, err } = await show("user.v2.listUsers");
    assert.deepEqual([exitCode, err], [0, ""]);
    assert.match(out, /^user\.v2\.listUsers {2}zitadel\.user\.v2\.UserService\/ListUsers\n/);
    assert.match(out, /the permission user\.read/);
    assert.match(out, /paged by offset; query\.limit is the size of a page; --all reads all pages/);
    assert.match(out, /^ {2}sortingColumn {2}UserFieldName/m);
    assert.match(out, /zitadel-connect call user\.v2\.listUsers '\{/);
    assert.match((await show("user.v2.getUserByID")).out, /userId {2}string .*\n +\[1 to 200 characters\]/);
  });

  it("prints all of it as JSON for programs", async () => {
    const { out } = await show("user.v2.getUserByID", "--json");
    const { kind, access, permissions, request, example, options } = JSON.parse(out);
    assert.deepEqual(
      { kind, access, permissions, options },
      {
        kind: "rpc",
        access: "read",
        permissions: ["user.read"],
        options: ["--user-id <string>"],
      },
    );
    assert.deepEqual(request.fields[0].rules, ["1 to 200 characters"]);
    assert.deepEqual(Object.keys(example), ["userId"]);
  });

  it("names the replacement of a deprecated RPC", async () => {
    const { out } = await show("management.v1.getUserByID", "--json");
    const { deprecated } = JSON.parse(out);
    assert.equal(deprecated.successor, "user.v2.listUsers");
    assert.match((await show("management.v1.getUserByID")).out, /Use user\.v2\.listUsers instead\./);
  });

  it("shows services, messages and enums by their names or the last part of them", async () => {
    assert.match((await show("user.v2")).out, /^user\.v2\.createUser {2,}\S/m);
    assert.match((await show("zitadel.user.v2.ListUsersRequest")).out, /^ {2}queries +repeated SearchQuery/m);
    assert.match((await show("zitadel.user.v2.UserState")).out, /^ {2}USER_STATE_ACTIVE/m);
    const { rpcs, types } = JSON.parse((await show("UserState", "--json")).out);
    assert.deepEqual(rpcs, []);
    assert.ok(types.some(({ name }: { name: string }) => name === "zitadel.user.v2.UserState"));
  });

  it("finds everything with a word in its name", async () => {
    const { exitCode, out } = await show("passkey");
    assert.equal(exitCode, 0);
    assert.match(out, /^user\.v2\.registerPasskey {2,}/m);
    assert.match(out, /^zitadel\.user\.v2\.PasskeyAuthenticator {2,}enum$/m);
  });

  it("exits with 2 for an unknown name, with the nearest one", async () => {
    const { exitCode, out, err } = await show("user.v2.lstUsers");
    assert.deepEqual([exitCode, out], [2, ""]);
    assert.match(err, /There is nothing called "user\.v2\.lstUsers"; did you mean user\.v2\.listUsers/);
  });

  it("lists all services", async () => {
    const { exitCode, out } = await runCommand(["list"]);
    assert.equal(exitCode, 0);
    assert.match(out, /^user\.v2 {2,}\d+ {2,}zitadel\.user\.v2\.UserService$/m);
    const services = JSON.parse((await runCommand(["list", "--json"])).out);
    assert.equal(services.length, 30);
    assert.equal((await show()).out, out);
  });
});

describe("the description of the pinned API", () => {
  let files: Awaited<ReturnType<typeof readPinnedApi>>["files"];
  before(async () => {
    files = (await readPinnedApi()).files;
  });
  const methods = () => files.flatMap((file) => file.services.flatMap((service) => service.methods));

  it("has a valid example in JSON for each RPC", () => {
    const broken = methods().flatMap((method) => {
      const message = fromJson(method.input, createExample(method.input));
      const violation = findViolation(method.input, message);
      return violation === undefined ? [] : [`${method.parent.typeName}/${method.name}: ${violation}`];
    });
    assert.deepEqual(broken, []);
  });

  it("has a successor for most deprecated RPCs", async () => {
    const describer = new Describer(await readPinnedApi(), await createCatalog(files), []);
    const deprecated = methods().filter((method) => methodTraits(method).deprecated);
    const named = deprecated.filter((method) => describer.rpc(method).deprecated?.successor !== undefined);
    assert.ok(named.length > 0.7 * deprecated.length, `${named.length} of ${deprecated.length}`);
  });

  it("has a distinct option for each field of a request that is a string, a number or an enum", () => {
    for (const { input } of methods()) {
      const options = createFieldOptions(input, new Set());
      for (const field of input.fields) {
        if (field.fieldKind !== "scalar" && field.fieldKind !== "enum") continue;
        const name = field.name.toLowerCase().replaceAll("_", "-");
        assert.deepEqual(options.get(name)?.path, [field], `${input.typeName}.${field.name}`);
      }
    }
  });
});
