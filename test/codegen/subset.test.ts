import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type Api, readApi } from "../../src/codegen/read-api.ts";
import { pinSource } from "../../src/codegen/sources/pin.ts";
import { prune } from "../../src/codegen/subset/prune.ts";
import { checkMatched, type Filter } from "../../src/codegen/subset/selection.ts";

describe("a subset of an API", () => {
  let api: Api;
  before(async () => {
    api = await readApi(pinSource);
  });

  function subset(filter: Filter): { names: string[]; rpcs: string[] } {
    const { files, unmatched } = prune(api.files, filter);
    checkMatched(unmatched);
    return {
      names: files.map(({ proto }) => proto.name),
      rpcs: files.flatMap((file) =>
        file.services.flatMap(({ typeName, methods }) => methods.map(({ name }) => `${typeName}.${name}`)),
      ),
    };
  }

  it("is one RPC with just the types that it needs, without files of annotations", () => {
    const { names, rpcs } = subset({ include: ["zitadel.user.v2.UserService.GetUserByID"] });
    assert.deepEqual(rpcs, ["zitadel.user.v2.UserService.GetUserByID"]);
    assert.deepEqual(names, [
      "google/protobuf/timestamp.proto",
      "zitadel/object/v2/object.proto",
      "zitadel/user/v2/email.proto",
      "zitadel/user/v2/phone.proto",
      "zitadel/user/v2/user.proto",
      "zitadel/user/v2/user_service.proto",
    ]);
  });

  it("is a package, by its name or by a pattern", () => {
    assert.deepEqual(subset({ include: ["zitadel.user.v2"] }), subset({ include: ["zitadel.user.v2.*"] }));
    assert.ok(
      subset({ include: ["zitadel.user.v2"] }).rpcs.every((rpc) => /^zitadel\.user\.v2\.\w+\.\w+$/.test(rpc)),
    );
  });

  it("is everything except what is excluded", () => {
    const { rpcs } = subset({ exclude: ["zitadel.*.v1.*", "*.v3alpha.*"] });
    assert.ok(rpcs.includes("zitadel.user.v2.UserService.GetUserByID"));
    assert.deepEqual(
      rpcs.filter((rpc) => /\.(v1|v3alpha)\./.test(rpc)),
      [],
    );
  });

  it("keeps what is excluded but needed", () => {
    const { names } = subset({
      include: ["zitadel.user.v2.UserService"],
      exclude: ["zitadel.object.*", "*.DeleteUser"],
    });
    assert.ok(names.includes("zitadel/object/v2/object.proto"));
  });

  it("is refused where a pattern matches nothing", () => {
    const message = 'Nothing in the API matches "zitadel.usr.*"';
    assert.throws(() => subset({ include: ["zitadel.user.v2", "zitadel.usr.*"] }), {
      name: "CodegenError",
      message,
    });
    assert.throws(() => subset({ include: ["user service"] }), /is not a valid pattern/);
  });
});
