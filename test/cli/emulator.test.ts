import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { create, type DescFile, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { root } from "../../scripts/pinned-api.ts";
import { createZitadel, privateKeyJwt } from "../../src/index.ts";
import { temporaryDirectory } from "../codegen/support/files.ts";
import { newerServices } from "../testing/newer/services.ts";
import { zitadelConnect } from "./support.ts";

interface Announced {
  readonly url: string;
  readonly keyFile: string;
  readonly token: string;
  readonly organizationId: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Runs the command in a process of its own until `use` is done, then sends SIGTERM. Returns what it wrote to stderr. */
async function run(
  directory: string,
  args: readonly string[],
  use: (announced: string, child: ChildProcess) => Promise<void>,
): Promise<string> {
  const main = join(root, "src/cli/main.ts");
  const child = spawn(process.execPath, [main, "emulator", "--port", "0", ...args], { cwd: directory });
  const errors = text(child.stderr);
  const [first] = (await once(child.stdout, "data")) as [Buffer];
  try {
    await use(first.toString(), child);
  } finally {
    child.kill("SIGTERM");
  }
  const [code] = (await once(child, "exit")) as [number];
  assert.equal(code, 0);
  return await errors;
}

/** A file, after all that it imports. */
function withImports(file: DescFile): DescFile[] {
  return [...new Set([...file.dependencies.flatMap(withImports), file])];
}

describe("zitadel-connect emulator", () => {
  it("prints what programs need, saves its state to a file, and ends on SIGTERM", async () => {
    using directory = temporaryDirectory({
      "seed.json": JSON.stringify({
        organizations: [{ name: "Seeded", users: [{ username: "robot", machine: {} }] }],
      }),
    });
    const args = ["--json", "--seed", "seed.json", "--state", "state.json"];
    let first: Announced | undefined;
    const errors = await run(directory.path, args, async (announced) => {
      first = JSON.parse(announced) as Announced;
      const { url, keyFile, environment } = first;
      assert.deepEqual(environment, { ZITADEL_API_URL: url, ZITADEL_KEY_FILE: keyFile });
      assert.equal(statSync(keyFile).mode & 0o777, 0o600);
      assert.equal(await (await fetch(`${url}/debug/healthz`)).text(), "ok");
      await using zitadel = createZitadel({ url, auth: privateKeyJwt({ keyFile }) });
      const { result } = await zitadel.org.v2.listOrganizations({});
      assert.deepEqual(result.map(({ name }) => name).sort(), ["Seeded", "ZITADEL"]);
      await zitadel.org.v2.addOrganization({ name: "Later" });
    });
    assert.equal(errors, "");
    assert.equal(existsSync(first?.keyFile ?? ""), false, "the temporary key file is gone");
    const state = join(directory.path, "state.json");
    assert.equal(statSync(state).mode & 0o777, 0o600);
    await run(directory.path, [...args, "--key-file", "keys/key.json"], async (announced) => {
      const { url, keyFile, token } = JSON.parse(announced) as Announced;
      assert.equal(token, first?.token);
      await using zitadel = createZitadel({ url, auth: privateKeyJwt({ keyFile }) });
      const { result } = await zitadel.org.v2.listOrganizations({});
      assert.deepEqual(result.map(({ name }) => name).sort(), ["Later", "Seeded", "ZITADEL"]);
    });
    assert.ok(existsSync(join(directory.path, "keys/key.json")));
  });

  it("prints the same for people, with lines to paste into a shell", async () => {
    using directory = temporaryDirectory({});
    await run(directory.path, [], async (announced) => {
      const url = /^Zitadel emulator at (\S+)$/m.exec(announced)?.[1] ?? "";
      assert.ok(announced.includes(`\nexport ZITADEL_API_URL=${url}\nexport ZITADEL_KEY_FILE=`));
    });
  });

  it("serves services of a newer Zitadel, which a source describes", async () => {
    const group = (await newerServices()).find(
      ({ typeName }) => typeName === "zitadel.group.v2.GroupService",
    );
    assert.ok(group);
    const image = create(FileDescriptorSetSchema, {
      file: withImports(group.file).map(({ proto }) => proto),
    });
    using directory = temporaryDirectory({});
    writeFileSync(join(directory.path, "newer.binpb"), toBinary(FileDescriptorSetSchema, image));
    const createGroup = async (announced: string) => {
      const { url, token, organizationId } = JSON.parse(announced) as Announced;
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const body = JSON.stringify({ organizationId, name: "Team" });
      return await fetch(`${url}/zitadel.group.v2.GroupService/CreateGroup`, {
        method: "POST",
        headers,
        body,
      });
    };
    await run(directory.path, ["--json"], async (announced) => {
      assert.equal((await createGroup(announced)).status, 404);
    });
    await run(directory.path, ["--json", "--from", "newer.binpb"], async (announced) => {
      const response = await createGroup(announced);
      assert.equal(response.status, 200);
      assert.match(await response.text(), /"id":"\d+"/);
    });
    const missing = await zitadelConnect(directory.path, "emulator", "--port", "0", "--from", "older.binpb");
    assert.match(missing.err, /older\.binpb/);
    assert.notEqual(missing.exitCode, 0);
  });

  it("reports the path of a mistake in a seed, and a port that is in use", async () => {
    using directory = temporaryDirectory({});
    const seed = join(directory.path, "seed.json");
    writeFileSync(seed, '{"organizations": [{"name": 1}]}');
    const bad = await zitadelConnect(directory.path, "emulator", "--port", "0", "--seed", "seed.json");
    assert.match(bad.err, /seed: organizations\[0\]\.name must be of type string/);
    assert.equal((await zitadelConnect(directory.path, "emulator", "--port", "x")).exitCode, 2);
    await run(directory.path, ["--json"], async (announced) => {
      const { port } = new URL((JSON.parse(announced) as Announced).url);
      const taken = await zitadelConnect(directory.path, "emulator", "--port", port);
      assert.equal(taken.exitCode, 1);
      assert.match(taken.err, /in use/);
    });
  });
});
