import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { root } from "../../scripts/pinned-api.ts";
import { version } from "../../src/version.ts";
import { temporaryDirectory } from "../codegen/support/files.ts";
import { zitadelConnect } from "./support.ts";

describe("zitadel-connect", () => {
  it("lists its commands", async () => {
    for (const args of [[], ["--help"], ["help"]]) {
      const { exitCode, out } = await zitadelConnect(".", ...args);
      assert.equal(exitCode, 0);
      assert.match(out, /^ {2}generate {2,}Generate clients/m);
      assert.match(out, /^ {2}diff {2,}Show what was added/m);
    }
  });

  it("has help for each command, with every option", async () => {
    const { exitCode, out } = await zitadelConnect(".", "generate", "--help");
    assert.equal(exitCode, 0);
    for (const word of [
      "Usage: zitadel-connect generate",
      "--from <source>",
      "--check",
      "npm:@zitadel/proto@1.3.1",
    ]) {
      assert.ok(out.includes(word), word);
    }
  });

  it("ends quietly when its output is closed, as by | head", async () => {
    const command = spawn(process.execPath, [join(root, "src/cli/main.ts"), "--help"]);
    command.stdout.destroy();
    const [err, [exitCode]] = await Promise.all([text(command.stderr), once(command, "exit")]);
    assert.deepEqual({ err, exitCode }, { err: "", exitCode: 0 });
  });

  it("prints its version", async () => {
    assert.equal((await zitadelConnect(".", "--version")).out, `${version}\n`);
  });

  const wrong: Record<string, [string[], RegExp]> = {
    "a command that there is not": [
      ["generat"],
      /^zitadel-connect: Unknown command "generat"; did you mean generate\?\n$/,
    ],
    "an option that there is not": [
      ["generate", "--form", "pin"],
      /--form is not an option; did you mean --from\?/,
    ],
    "a value that an option does not take": [
      ["generate", "--from", "pin", "--out", "x", "--target", "java"],
      /--target is a string; expected one of "js", "ts"/,
    ],
    "a missing option": [
      ["generate", "--from", "pin"],
      /--out is missing: give it here or in zitadel-connect\.json/,
    ],
    "a header without a value": [
      ["diff", "--from", "pin", "--to", "pin", "--header", "x"],
      /--header: expected the form/,
    ],
    "a proxy that is none": [
      ["diff", "--from", "pin", "--to", "pin", "--proxy", "socks5://x"],
      /--proxy is a URL of socks5; expected "none", "environment" or the URL of a proxy for HTTP/,
    ],
    "a file that is not there": [
      ["diff", "--from", "pin", "--to", "pin", "--ca", "x"],
      /--ca is a path at which there is no file \(ENOENT; /,
    ],
    "a configuration that is not there": [
      ["generate", "--config", "x.json"],
      /--config is a path at which there is no file \(ENOENT; /,
    ],
  };
  for (const [name, [args, expected]] of Object.entries(wrong)) {
    it(`exits with 2 and one sentence for ${name}`, async () => {
      using directory = temporaryDirectory();
      const { exitCode, out, err } = await zitadelConnect(directory.path, ...args);
      assert.deepEqual([exitCode, out], [2, ""]);
      assert.match(err, expected);
      assert.doesNotMatch(err, /^\s+at /m);
    });
  }

  it("exits with 1 and one sentence where a command fails, with the stack only with --debug", async () => {
    const args = ["generate", "--from", "nowhere", "--out", "x"];
    const { exitCode, err } = await zitadelConnect(".", ...args);
    assert.equal(exitCode, 1);
    assert.match(err, /^zitadel-connect: "nowhere" is not a file, directory or URL; .*\n$/);
    assert.match((await zitadelConnect(".", ...args, "--debug")).err, /^ +at parseSource /m);
  });
});

describe("zitadel-connect.json", () => {
  const cases: Record<string, RegExp> = {
    "{": /zitadel-connect\.json is not JSON at position 1/,
    null: /the file must be of type object/,
    '{"from": 1}': /from must be of type string/,
    '{"fron": "pin"}': /fron is not known/,
    '{"target": "java"}': /target must be one of js, ts/,
    '{"include": ["a", 2]}': /include\[1] must be of type string/,
    '{"timeoutMs": 0}': /timeoutMs must be at least 1/,
    '{"headers": {"x": 1}}': /headers\.x must be of type string/,
  };
  for (const [text, expected] of Object.entries(cases)) {
    it(`is validated by its schema: ${text}`, async () => {
      using directory = temporaryDirectory({ "zitadel-connect.json": text });
      const { exitCode, err } = await zitadelConnect(directory.path, "generate");
      assert.equal(exitCode, 2);
      assert.match(err, expected);
    });
  }

  it("has a schema that the package contains", () => {
    const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    assert.ok(files.includes("zitadel-connect.schema.json"));
  });
});
