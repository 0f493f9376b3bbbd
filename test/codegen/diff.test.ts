import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { type ApiDiff, diffApis, isBreaking, isDifferent } from "../../src/codegen/diff/diff.ts";
import { MARKDOWN, PLAIN, printDiff } from "../../src/codegen/diff/print.ts";
import { type Api, readApi } from "../../src/codegen/read-api.ts";
import { parseSource } from "../../src/codegen/sources/parse-source.ts";
import { pinSource } from "../../src/codegen/sources/pin.ts";
import { ACME } from "./support/acme.ts";
import { newerApi, pinnedFiles, toSource } from "./support/apis.ts";
import { temporaryDirectory } from "./support/files.ts";
import { recorded } from "./support/recorded.ts";

describe("the difference between two APIs", () => {
  let pinned: Api;
  let diff: ApiDiff;
  before(async () => {
    pinned = await readApi(pinSource);
    diff = await diffApis(pinned, await readApi(toSource(newerApi(await pinnedFiles()))));
  });
  const names = (elements: readonly { kind: string; name: string }[]) =>
    elements.map(({ kind, name }) => `${kind} ${name}`).sort();

  it("counts services and RPCs on both sides", () => {
    assert.deepEqual([diff.from.services, diff.from.rpcs], [recorded.services, recorded.rpcs]);
    assert.deepEqual([diff.to.services, diff.to.rpcs], [recorded.services + 2, recorded.rpcs + 6]);
  });

  it("lists what was added, RPC by RPC and field by field", () => {
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
        "value zitadel.user.v2.UserFieldName.USER_FIELD_NAME_SHOE_SIZE",
      ],
    );
  });

  it("lists what was deprecated, removed and changed", () => {
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

  it("lists what breaks callers, by Buf's rules, except for removals", () => {
    assert.deepEqual(
      diff.broken.map(({ rule }) => rule),
      ["FIELD_SAME_TYPE"],
    );
    assert.ok(isBreaking(diff) && isBreaking({ ...diff, broken: [] }));
    assert.ok(!isBreaking({ ...diff, broken: [], removed: [] }));
  });

  it("is text for a terminal, and Markdown for a pull request", () => {
    const plain = printDiff(diff, PLAIN);
    assert.match(
      plain,
      new RegExp(
        `^ {2}from the API that zitadel-connect is built for: ${recorded.services} services, ${recorded.rpcs} RPCs$`,
        "m",
      ),
    );
    assert.match(plain, /^Deprecated \(1\)\n {2}rpc zitadel\.user\.v2\.UserService\.AddHumanUser /m);
    assert.match(
      printDiff(diff, MARKDOWN),
      /^### Removed \(2\)\n\n- field `zitadel\.user\.v2\.User\.login_names` /m,
    );
  });

  it("is empty between the pinned API and that of a server with the same version", async () => {
    const same = await diffApis(pinned, await readApi(toSource(await pinnedFiles())));
    assert.equal(isDifferent(same), false);
    assert.match(printDiff(same, PLAIN), /No difference/);
  });
});

type Files = Readonly<Record<string, string>>;

async function readProtos(files: Files): Promise<Api> {
  using directory = temporaryDirectory(files);
  return await readApi(parseSource("./proto", { directory: directory.path }));
}

describe("a change that breaks callers", () => {
  const thing = "proto/acme/thing.proto";
  const gone = "proto/acme/errors/v1/error.proto";
  let acme: Api;
  before(async () => {
    acme = await readProtos(ACME);
  });

  /** Files of {@link ACME}, changed. */
  function change(path: string, ...replacements: readonly (readonly [from: string, to: string])[]): Files {
    let text = ACME[path] ?? "";
    for (const [from, to] of replacements) {
      assert.ok(text.includes(from), from);
      text = text.replace(from, to);
    }
    return { [path]: text };
  }

  /** What breaks in {@link ACME} with files that are new or changed. */
  async function broken(changed: Files): Promise<string[]> {
    const diff = await diffApis(acme, await readProtos({ ...ACME, ...changed }));
    return [
      ...diff.broken.map(({ rule, message }) => `${rule}: ${message}`),
      ...diff.removed.map(({ name }) => `removed ${name}`),
    ];
  }

  it("is not an option for another language, a reserved name, a declared idempotency, or an annotation", async () => {
    const harmless = {
      ...change(
        thing,
        ['"com.acme"', '"org.acme"'],
        ['"acme.example/acme"', '"acme.example/other"'],
        ['option php_namespace = "Acme";', 'option csharp_namespace = "A"; option objc_class_prefix = "A";'],
        ["option (limits)", "option idempotency_level = NO_SIDE_EFFECTS; option (limits)"],
        ["message Thing {", 'message Thing { reserved 9; reserved "old";'],
      ),
      ...change("proto/acme/options.proto", [
        "string team = 50778;",
        "string team = 50778; string x = 50779;",
      ]),
    };
    assert.deepEqual(await broken(harmless), []);
  });

  it("is another type, cardinality, name, JSON name, oneof, request or response, or a stream", async () => {
    const read = (fields: string, rpcs: string) =>
      readProtos({
        "proto/acme.proto": `syntax = "proto3"; package acme;
          message A { ${fields} } message B {} service S { ${rpcs} }`,
      });
    const diff = await diffApis(
      await read(
        `string type = 1; string list = 2; string maybe = 3; string name = 4; string json = 5 [json_name = "a"];
         string alone = 6;`,
        "rpc Request(A) returns (A); rpc Response(A) returns (A); rpc Watch(A) returns (A); rpc Upload(A) returns (A);",
      ),
      await read(
        `bytes type = 1; repeated string list = 2; optional string maybe = 3; string key = 4; string json = 5 [json_name = "b"];
         oneof of { string alone = 6; }`,
        "rpc Request(B) returns (A); rpc Response(A) returns (B); rpc Watch(A) returns (stream A); rpc Upload(stream A) returns (A);",
      ),
    );
    const found = diff.broken.map(({ rule, message }) => `${rule} ${/"(\w+)"/.exec(message)?.[1]}`);
    assert.deepEqual(found.sort(), [
      "FIELD_SAME_CARDINALITY 2",
      "FIELD_SAME_CARDINALITY 3",
      "FIELD_SAME_CARDINALITY 6",
      "FIELD_SAME_JSON_NAME 4",
      "FIELD_SAME_JSON_NAME 5",
      "FIELD_SAME_NAME 4",
      "FIELD_SAME_ONEOF 6",
      "FIELD_SAME_TYPE 1",
      "RPC_SAME_CLIENT_STREAMING Upload",
      "RPC_SAME_REQUEST_TYPE Request",
      "RPC_SAME_RESPONSE_TYPE Response",
      "RPC_SAME_SERVER_STREAMING Watch",
    ]);
  });

  it("is a type that is imported from another file than before", async () => {
    const message = /message Thing \{[^}]*\}/.exec(ACME[thing] ?? "")?.[0] ?? "";
    const moved = {
      ...change(thing, [message, ""], ['"acme/event', '"acme/moved.proto"; import "acme/event']),
      "proto/acme/moved.proto": `syntax = "proto3"; package acme; ${message}`,
    };
    assert.deepEqual(await broken(moved), [
      'FILE_MOVED: The message "acme.Thing" is imported from "acme/moved.proto", no longer from "acme/thing.proto".',
    ]);
  });

  it("is one of a type in error details, even if no RPC refers to it, but not of an unused type", async () => {
    const unused = change("proto/acme/event.proto", ["string what", "bytes what"]);
    const [found, ...others] = await broken({ ...change(gone, ["string since", "bytes since"]), ...unused });
    assert.match(found ?? "", /^FIELD_SAME_TYPE: .* "since" on message "Gone" /);
    assert.deepEqual(others, []);
    assert.deepEqual(await broken({ ...change(gone, ["string since = 1;", ""]), ...unused }), [
      "removed acme.errors.v1.Gone.since",
    ]);
  });
});

describe("a difference in Markdown", () => {
  const element = (i: number, kind: "rpc" | "field" = "rpc") => ({
    kind,
    name: `zitadel.management.v1.ManagementService.AVeryLongNameOfAnRpcThatWasAdded${i}`,
    signature: "(zitadel.management.v1.Request) → zitadel.management.v1.Response, write",
    deprecated: false,
  });
  const many = Array.from({ length: 2000 }, (_, i) => element(i));
  const side = { description: "an API", services: 1, rpcs: 1 };
  const diff: ApiDiff = {
    from: side,
    to: side,
    broken: [{ rule: "FIELD_SAME_TYPE", message: "Ünï changed" }],
    removed: [element(1)],
    changed: [],
    deprecated: many,
    added: many,
  };

  it("fits into a pull request, lists breaking changes first, and says how much it omitted", () => {
    const text = printDiff(diff, MARKDOWN);
    assert.ok(Buffer.byteLength(text) < 65_000);
    assert.ok(Buffer.byteLength(text) > 55_000);
    assert.match(text, /### Broken \(1\)\n\n- Ünï changed.*\n\n### Removed \(1\)/);
    const [, left] = /### Deprecated \(2000\)\n\n(?:- rpc .*\n)+- and (\d+) more, which/.exec(text) ?? [];
    const shown = text.match(/^- rpc /gm)?.length ?? 0;
    assert.equal(Number(left) + shown, 2001);
    assert.match(text, /### Added \(2000\)\n\n- and 2000 more, which do not fit here\n$/);
    assert.equal(printDiff(diff, PLAIN).match(/^ {2}rpc /gm)?.length, 4001);
  });
});
