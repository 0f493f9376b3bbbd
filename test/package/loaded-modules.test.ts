import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { root } from "../../scripts/pinned-api.ts";
import { startEmulator } from "../../src/testing/index.ts";

const run = promisify(execFile);

interface Loaded {
  /** Paths in the repository, and names of Node's modules. */
  readonly modules: readonly string[];
  /** Whether Node's own `fetch` was loaded, which is not among them. */
  readonly fetch: boolean;
}

/** What a fresh process loads that runs `code` as an ES module, in the order of loading. */
async function load(code: string): Promise<Loaded> {
  const program = `
    import { registerHooks } from "node:module";
    const urls = [];
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
    const { createZitadel, personalAccessToken } = await import(${JSON.stringify(dist("index.js"))});
    ${code}
    const fetch = process.moduleLoadList.some((name) => name.includes("undici"));
    process.stdout.write(JSON.stringify({ urls, fetch }));`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program], { cwd: root });
  const { urls, fetch } = JSON.parse(stdout) as { urls: string[]; fetch: boolean };
  return { modules: urls.map((url) => url.replace(`${pathToFileURL(root)}/`, "")), fetch };
}

function dist(file: string): string {
  return String(pathToFileURL(join(root, "dist", file)));
}

/** Without Node's modules, and with packages by their names. */
function names({ modules }: Loaded): string[] {
  const paths = modules.filter((module) => !module.startsWith("node:"));
  return [...new Set(paths.map((path) => /^node_modules\/(@[^/]+\/[^/]+|[^/]+)/.exec(path)?.[1] ?? path))];
}

const OWN = ["index", "client", "base", "shared", "pinned-client", "protobuf"].map(
  (name) => `dist/${name}.js`,
);

describe("loading the package", () => {
  let first: Promise<Loaded> | undefined;
  /** What several tests look at. */
  const withToken = (): Promise<Loaded> => (first ??= firstCall("token"));

  it("takes six files and the names of the services, and of packages only @bufbuild/protobuf", async () => {
    const loaded = await load("");
    assert.deepEqual(names(loaded).toSorted(), [...OWN, "gen/services.js", "@bufbuild/protobuf"].toSorted());
    const bytes = OWN.map((path) => statSync(join(root, path)).size).reduce((sum, size) => sum + size);
    assert.ok(bytes < 520_000, `${bytes} bytes`);
  });

  it("does not load Node's fetch, and neither does the first call", async () => {
    assert.equal((await load("")).fetch, false);
    assert.equal((await withToken()).fetch, false);
    assert.equal((await load("new Headers();")).fetch, true, "the test can fail");
  });

  it("is complete for a first call over HTTP/2 with a personal access token, except for generated code", async () => {
    const more = names(await withToken()).filter((name) => !OWN.includes(name));
    assert.ok(more.includes("gen/zitadel/user/v2/user_service_pb.js"));
    assert.deepEqual(
      more.filter((name) => !name.startsWith("gen/")),
      ["@bufbuild/protobuf"],
    );
  });

  it("takes only the part of @bufbuild/protobuf that descriptors need, even with a first call", async () => {
    const loaded = (await withToken()).modules.filter((module) => module.includes("@bufbuild/protobuf/"));
    const entries = loaded.filter((module) => /esm\/(?:\w+\/)?index\.js$/.test(module));
    assert.deepEqual(entries, ["node_modules/@bufbuild/protobuf/dist/esm/codegenv2/index.js"]);
    assert.ok(loaded.length < 45, `${loaded.length} modules`);
  });

  it("takes no more with a key than with a token", async () => {
    const known = new Set((await withToken()).modules);
    const withKey = (await firstCall("key")).modules.filter((module) => !known.has(module));
    assert.deepEqual(withKey, []);
  });
});

async function firstCall(how: "token" | "key"): Promise<Loaded> {
  await using emulator = await startEmulator();
  const { token, keyFile, userId } = emulator.serviceUser;
  const auth =
    how === "token"
      ? `personalAccessToken(${JSON.stringify({ token })})`
      : `(await import(${JSON.stringify(dist("index.js"))})).privateKeyJwt(${JSON.stringify({ key: keyFile })})`;
  return await load(`
    await using zitadel = createZitadel({ url: ${JSON.stringify(emulator.url)}, auth: ${auth} });
    await zitadel.user.v2.getUserByID({ userId: ${JSON.stringify(userId)} });`);
}

describe("loading the command", () => {
  it("takes neither protobuf nor a client for help, and for a stored token", async () => {
    await using emulator = await startEmulator();
    const folder = mkdtempSync(join(tmpdir(), "command-"));
    const keyFile = join(folder, "key.json");
    writeFileSync(keyFile, emulator.serviceUser.keyFile);
    const env = {
      XDG_CACHE_HOME: folder,
      XDG_CONFIG_HOME: folder,
      ZITADEL_API_URL: emulator.url,
      ZITADEL_KEY_FILE: keyFile,
    };
    const told = `data:text/javascript,${encodeURIComponent(TELL)}`;
    const loadedBy = async (...args: string[]): Promise<string[]> => {
      const command = ["--import", told, dist("cli.js").slice(7), ...args];
      const { stderr } = await run(process.execPath, command, { env });
      return stderr.split("\n").filter((url) => /protobuf|connectrpc|jose|\/client\.js$/.test(url));
    };
    try {
      assert.deepEqual(await loadedBy("--help"), []);
      assert.deepEqual(await loadedBy("call", "--help"), []);
      assert.ok((await loadedBy("whoami")).length > 0, "the test can fail");
      // That stored a token.
      assert.deepEqual(await loadedBy("token"), []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Prints the URL of each module that is loaded, one per line. */
const TELL = `
  import { writeSync } from "node:fs";
  import { registerHooks } from "node:module";
  registerHooks({ load: (url, context, next) => (writeSync(2, url + "\\n"), next(url, context)) });`;
