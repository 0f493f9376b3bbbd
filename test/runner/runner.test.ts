import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import crypto from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join, relative } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { temporaryDirectory } from "../codegen/support/files.ts";
import type { Outcome } from "./outcome.ts";
import { findFiles, PARTS, planProcesses, TESTS } from "./plan.ts";
import { Progress } from "./progress.ts";
import { runTests } from "./test-process.ts";

const TESTS_OF_ALL_KINDS = `
  import assert from "node:assert/strict";
  import { describe, it } from "node:test";
  describe("a suite", () => {
    it("passes", () => {});
    it("fails", () => assert.equal("what it is", "what it should be"));
    it.skip("is skipped");
    it("is still to do", { todo: true }, () => {});
  });`;

describe("the test runner", () => {
  it("runs each file once, in one part and one process", () => {
    const all = findFiles(TESTS);
    assert.ok(all.length > 190);
    assert.deepEqual(planProcesses(all).flat().sort(), all);
    assert.deepEqual(PARTS.flatMap((part) => findFiles(TESTS, [part])).sort(), all);
    for (const part of PARTS) assert.notDeepEqual(findFiles(TESTS, [part]), []);
  });

  it("starts with what takes longest, and lets other files share processes", () => {
    const processes = planProcesses(findFiles(TESTS));
    assert.deepEqual(processes[0], ["package/package.test.ts"]);
    const first = processes.find((files) => files.includes("auth/faults.test.ts"));
    assert.ok(first !== undefined && first.length > 5);
  });

  it("counts and names tests like Node, and shows why one failed", async () => {
    using directory = temporaryDirectory({
      "a.test.mjs": TESTS_OF_ALL_KINDS,
      "b.test.mjs": 'import { it } from "node:test"; it("passes too", () => {});',
    });
    const files = ["a.test.mjs", "b.test.mjs"].map((name) => `${directory.path}/${name}`);
    const { text, output } = collect();
    const progress = new Progress(output, files);
    const failure = await runTests(files, (outcome) => progress.note(outcome));
    progress.finish();
    assert.match(
      failure ?? "",
      /^✖ failing tests:\n[\s\S]*✖ fails [\s\S]*what it is[\s\S]*what it should be[\s\S]*ended with 1: /,
    );
    assert.doesNotMatch(failure ?? "", /passes/);
    const [named, ...summary] = text().trim().split("\n");
    assert.equal(named, `✖ ${relative("", files[0] ?? "")}: fails`);
    assert.match(
      summary.join("\n"),
      /^ℹ tests 5\nℹ suites 1\nℹ pass 2\nℹ fail 1\nℹ cancelled 0\nℹ skipped 1\nℹ todo 1\nℹ duration_ms [\d.]+$/,
    );
  });

  it("fails if a file cannot be loaded, or exits its process, and names it", async () => {
    using directory = temporaryDirectory({
      "broken.test.mjs": 'throw new Error("it is broken");',
      "exits.test.mjs":
        'import { it } from "node:test"; it("exits", () => process.exit(0)); it("is lost", () => {});',
    });
    const run = (name: string) => runTests([`${directory.path}/${name}`], () => {});
    assert.match(
      (await run("broken.test.mjs")) ?? "",
      /it is broken[\s\S]*ended with 1[^:]*: .*broken\.test\.mjs\n$/,
    );
    assert.match(
      (await run("exits.test.mjs")) ?? "",
      /ended with 0 before its last test: .*exits\.test\.mjs\n$/,
    );
  });

  it("ends a process that no longer reports anything because a test left something open", async () => {
    using directory = temporaryDirectory({
      "open.test.mjs": `
        import { createServer } from "node:net";
        import { it } from "node:test";
        it("leaves a server", () => void createServer().listen(0));`,
    });
    const failure = await runTests([`${directory.path}/open.test.mjs`], () => {}, 1_000);
    assert.match(failure ?? "", /ended with SIGKILL before its last test: .*open\.test\.mjs\n$/);
  });

  it("ends its processes with itself, however it is killed", async () => {
    const server = createServer();
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    using directory = temporaryDirectory({
      "hangs.test.mjs": `
        import { connect } from "node:net";
        import { it } from "node:test";
        it("hangs", () => new Promise(() => connect(${port}, "127.0.0.1")));`,
    });
    const module = JSON.stringify(new URL("test-process.ts", import.meta.url));
    const file = JSON.stringify(join(directory.path, "hangs.test.mjs"));
    const program = `import { runTests } from ${module}; await runTests([${file}], () => {});`;
    const runner = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "ignore" });
    const [socket] = await once(server, "connection");
    runner.kill("SIGKILL");
    await once(socket.resume(), "close");
    server.close();
  });

  it("shows progress: on a terminal in a line that changes, elsewhere in a line now and then", (t) => {
    let now = 0;
    t.mock.method(performance, "now", () => now);
    const outcome: Outcome = { name: "a test", file: "a.test.ts", isSuite: false, result: "pass" };
    const shown = (isTTY: boolean): string => {
      const { text, output } = collect(isTTY);
      now = 0;
      const progress = new Progress(output, ["a.test.ts", "b.test.ts"]);
      for (now = 0; now <= 20_000; now += 5_000) progress.note(outcome);
      return text();
    };
    const line = (seconds: number, passed: number): string =>
      `${seconds} s: ${passed} tests passed, 0 failed, in 1 of 2 files`;
    assert.equal(shown(false), `${line(10, 3)}\n${line(20, 5)}\n`);
    const changing = [line(5, 2), line(10, 3), line(15, 4), line(20, 5)].map((text) => `\r\u001b[K${text}`);
    assert.equal(shown(true), changing.join(""));
  });
});

function collect(isTTY = false) {
  let written = "";
  const output = {
    isTTY,
    write(text: string) {
      written += text;
    },
  };
  return { output, text: () => written };
}

describe("the RSA keys of tests", () => {
  it("differ from the twelve before, are encoded as requested, and leave other keys alone", async () => {
    await import("./rsa-keys.ts");
    const generate = promisify(crypto.generateKeyPair);
    const publicKeyEncoding = { type: "spki", format: "pem" } as const;
    const privateKeyEncoding = { type: "pkcs1", format: "pem" } as const;
    const encoded = { modulusLength: 2048, publicKeyEncoding, privateKeyEncoding };
    const texts = new Set<string>();
    for (let count = 0; count < 12; count++) {
      const pair = await generate("rsa", encoded);
      assert.match(pair.privateKey, /^-----BEGIN RSA PRIVATE KEY-----/);
      assert.equal(crypto.createPublicKey(pair.privateKey).export(publicKeyEncoding), pair.publicKey);
      texts.add(pair.publicKey);
    }
    assert.equal(texts.size, 12);
    const again = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
    assert.ok(texts.has(String(again.publicKey.export(publicKeyEncoding))));
    assert.equal(
      (await generate("rsa", { modulusLength: 1024 })).privateKey.asymmetricKeyDetails?.modulusLength,
      1024,
    );
    const curve = () => crypto.generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
    assert.ok(!curve().equals(curve()));
  });
});
