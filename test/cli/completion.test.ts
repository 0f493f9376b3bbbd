import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/pinned-api.ts";
import { temporaryDirectory } from "../codegen/support/files.ts";
import { runCommand } from "./support.ts";

async function candidates(...words: string[]): Promise<string[]> {
  const { exitCode, out, err } = await runCommand(["__complete", ...words]);
  assert.deepEqual([exitCode, err], [0, ""]);
  return out.split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")[0] ?? ""]));
}

describe("completion", () => {
  it("completes commands and their options", async () => {
    assert.deepEqual(await candidates("log"), ["login", "logout"]);
    assert.ok((await candidates("")).includes("call"));
    assert.deepEqual(await candidates("token", "--aud"), ["--audience"]);
    assert.deepEqual(await candidates("token", "--no"), ["--no-cache"]);
  });

  it("completes RPCs, options for the fields of the named RPC, and the values of enums", async () => {
    assert.deepEqual(await candidates("call", "user.v2.listU"), [
      "user.v2.listUsers",
      "user.v2.listUserMetadata",
    ]);
    assert.deepEqual(await candidates("call", "user.v2.listUsers", "--sort"), ["--sorting-column"]);
    assert.ok(
      (await candidates("call", "user.v2.listUsers", "--sorting-column", "USER_FIELD_NAME_E")).includes(
        "USER_FIELD_NAME_EMAIL",
      ),
    );
    assert.ok((await candidates("describe", "org.v2")).includes("org.v2"));
  });

  it("completes files where an option takes one, and profiles", async () => {
    assert.deepEqual(await candidates("token", "--key-file", ""), [":file"]);
    using directory = temporaryDirectory({
      "zitadel-connect/profiles.json": '{"profiles": {"prod": {"url": "https://a.example"}}}',
    });
    const { out } = await runCommand(["__complete", "token", "--profile", "p"], {
      env: { XDG_CONFIG_HOME: directory.path },
    });
    assert.equal(out, "prod\t\n");
  });

  it("works in bash", async () => {
    using directory = temporaryDirectory({
      "zitadel-connect": `#!/bin/sh\nexec ${process.execPath} ${join(root, "src/cli/main.ts")} "$@"\n`,
      "key.json": "{}",
    });
    const script = (await runCommand(["completion", "bash"])).out;
    const program = `
      chmod +x ${directory.path}/zitadel-connect; PATH=${directory.path}:$PATH; cd ${directory.path}
      ${script}
      complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _zitadel_connect; printf '%s\\n' "\${COMPREPLY[@]}"; }
      complete_words zitadel-connect call user.v2.getUs
      complete_words zitadel-connect call user.v2.createUser @ke`;
    const { stdout, stderr } = await promisify(execFile)("bash", ["-c", program]);
    assert.deepEqual([stdout, stderr], ["user.v2.getUserByID\n@key.json\n", ""]);
  });

  it("exits with 2 for an unknown shell", async () => {
    const { exitCode, err } = await runCommand(["completion", "tcsh"]);
    assert.equal(exitCode, 2);
    assert.match(err, /<shell> is a string; expected one of "bash", "zsh", "fish"/);
  });
});
