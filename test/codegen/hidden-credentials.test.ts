import assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { removeCredentials } from "../../src/codegen/sources/credentials.ts";
import { zitadelConnect } from "../cli/support.ts";
import { tar } from "./support/archives.ts";
import { character } from "./support/character.ts";
import { temporaryDirectory } from "./support/files.ts";
import { problem, read } from "./support/sources.ts";

describe("credentials in the URL of a source", () => {
  it("are removed from any text, and nothing else is", () => {
    const cases = {
      "https://me:secret@host/repo.git#tag=v1": "https://host/repo.git#tag=v1",
      "HTTPS://secret@host:8443/": "HTTPS://host:8443/",
      "ssh://git:secret@host/x": "ssh://host/x",
      "https://me:se@cr@et@host/x": "https://host/x",
      "https://me:sec/ret@host/x": "https://host/x",
      "https://host/api.tar.gz?token=secret#subdir=a": "https://host/api.tar.gz#subdir=a",
      "fatal: unable to access 'https://me:secret@host/': no": "fatal: unable to access 'https://host/': no",
      "https://host:8443/@scope/a@1.tgz and a@b.c": "https://host:8443/@scope/a@1.tgz and a@b.c",
    };
    for (const [text, expected] of Object.entries(cases)) assert.equal(removeCredentials(text), expected);
  });

  it("are removed whatever they look like", () => {
    const part = fc.string({ unit: character, minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(part, part, (user, password) => {
        const pair = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
        assert.equal(removeCredentials(`git: https://${pair}@host/x.git`), "git: https://host/x.git");
      }),
    );
  });

  it("appear in no output of a command, not even with --debug", async () => {
    using directory = temporaryDirectory();
    for (const source of ["x.git", "x.git#tag=v1", "api.tar.gz?signature=s3cret", "#tag=v1"]) {
      const from = `https://someone:s3cret@127.0.0.1:1/${source}`;
      const { exitCode, out, err, statuses } = await zitadelConnect(
        directory.path,
        ...["generate", "--from", from, "--out", "out", "--debug"],
      );
      assert.equal(exitCode, 1);
      assert.match(err, /127\.0\.0\.1:1/);
      assert.doesNotMatch(out + err + statuses.join(), /s3cret|someone/);
    }
  });

  it("are sent to the server of an archive, but to no other that it redirects to", async () => {
    const archive = gzipSync(tar([{ name: "a.proto", contents: 'syntax = "proto3"; message A {}' }]));
    const seen: (string | undefined)[] = [];
    const serve = async (handler: http.RequestListener) => {
      const server = http.createServer(handler);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
      return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: close };
    };
    await using storage = await serve(({ url, headers }, response) => {
      seen.push(`${url} ${headers.authorization}`);
      response.end(archive);
    });
    await using site = await serve(({ url, headers }, response) => {
      seen.push(`${url} ${headers.authorization}`);
      if (url === "/missing.zip") response.writeHead(404).end();
      else response.writeHead(302, { location: `http://127.0.0.1:${storage.port}/stored?sig=1` }).end();
    });
    const origin = `http://me:p%40ss@127.0.0.1:${site.port}`;
    const api = await read(`${origin}/api.tar.gz`, ".");
    assert.equal(api.files.length, 1);
    assert.equal(api.description, `http://127.0.0.1:${site.port}/api.tar.gz`);
    const basic = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
    assert.deepEqual(seen, [`/api.tar.gz ${basic}`, "/stored?sig=1 undefined"]);
    assert.equal(
      await problem(`${origin}/missing.zip`),
      `http://127.0.0.1:${site.port}/missing.zip: the server responds with HTTP 404`,
    );
  });
});
