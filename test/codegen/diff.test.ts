import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type ApiDiff, diffApis, isDifferent } from "../../src/codegen/diff/diff.ts";
import { MARKDOWN, PLAIN, printDiff } from "../../src/codegen/diff/print.ts";
import { readApi } from "../../src/codegen/read-api.ts";
import { pinSource } from "../../src/codegen/sources/pin.ts";
import { newerApi, pinnedFiles, sourceOf } from "./support/apis.ts";

describe("the difference of two APIs", () => {
  let diff: ApiDiff;
  before(async () => {
    diff = await diffApis(await readApi(pinSource), await readApi(sourceOf(await newerApi())));
  });
  const names = (elements: readonly { kind: string; name: string }[]) =>
    elements.map(({ kind, name }) => `${kind} ${name}`).sort();

  it("counts services and RPCs on both sides", () => {
    assert.deepEqual([diff.from.services, diff.from.rpcs], [30, 867]);
    assert.deepEqual([diff.to.services, diff.to.rpcs], [32, 873]);
  });

  it("tells what was added, RPC by RPC and field by field", () => {
    assert.deepEqual(
      names(diff.added).filter((name) => !name.includes("zitadel.thing.v2.ThingService.")),
      [
        "field zitadel.user.v2.User.shoe_size",
        "message zitadel.thing.v2.Object",
        "message zitadel.thing.v2.Promise",
        "message zitadel.thing.v2.Thing",
        "rpc zitadel.thing.v2.WatchService.Watch",
        "rpc zitadel.user.v2.UserService.GetUserByNickname",
        "service zitadel.thing.v2.ThingService",
        "service zitadel.thing.v2.WatchService",
      ],
    );
  });

  it("tells what was deprecated, removed and changed", () => {
    assert.deepEqual(names(diff.deprecated), ["rpc zitadel.user.v2.UserService.AddHumanUser"]);
    assert.deepEqual(names(diff.removed), [
      "field zitadel.user.v2.User.login_names",
      "rpc zitadel.session.v2.SessionService.DeleteSession",
    ]);
    assert.deepEqual(
      diff.changed.map(({ before, after }) => [before.signature, after.signature]),
      [["string preferred_login_name = 5", "bytes preferred_login_name = 5"]],
    );
  });

  it("tells what breaks callers, as Buf judges it", () => {
    assert.deepEqual(diff.broken.map(({ rule }) => rule).sort(), [
      "FIELD_NO_DELETE",
      "FIELD_SAME_TYPE",
      "RPC_NO_DELETE",
    ]);
  });

  it("is words for a terminal, and Markdown for a pull request", () => {
    const plain = printDiff(diff, PLAIN);
    assert.match(plain, /^ {2}from the API that zitadel-connect is built for: 30 services, 867 RPCs$/m);
    assert.match(plain, /^Deprecated \(1\)\n {2}rpc zitadel\.user\.v2\.UserService\.AddHumanUser /m);
    assert.match(
      printDiff(diff, MARKDOWN),
      /^### Removed \(2\)\n\n- field `zitadel\.user\.v2\.User\.login_names` /m,
    );
  });

  it("is none between the pinned API and what a server that has it says", async () => {
    const same = await diffApis(await readApi(pinSource), await readApi(sourceOf(await pinnedFiles())));
    assert.equal(isDifferent(same), false);
    assert.match(printDiff(same, PLAIN), /No difference/);
  });
});
