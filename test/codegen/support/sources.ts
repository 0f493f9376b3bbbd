import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { collectServices } from "../../../src/codegen/api-record.ts";
import { type Api, readApi } from "../../../src/codegen/read-api.ts";
import { parseSource } from "../../../src/codegen/sources/parse-source.ts";

/** Reads a source, like a command that runs in `directory`. */
export function read(spec: string, directory: string): Promise<Api> {
  return readApi(parseSource(spec, { directory }));
}

/** The message of the error with which a source is refused. */
export async function problem(spec: string, directory = "."): Promise<string> {
  return await Promise.resolve()
    .then(() => read(spec, directory))
    .then(
      () => assert.fail("it should be refused"),
      (error: Error) => {
        assert.equal(error.name, "CodegenError", error.stack);
        return error.message;
      },
    );
}

/** All RPCs of an API: `acme.v1.Things/Get`. */
export function rpcs(api: Api): string[] {
  return collectServices(api.files).flatMap(({ typeName, methods }) =>
    methods.map(({ name }) => `${typeName}/${name}`),
  );
}

/** Runs git, as some author. */
export function git(directory: string, ...args: string[]): string {
  const identity = ["user.name=test", "user.email=test@example.com", "commit.gpgsign=false"];
  const settings = identity.flatMap((setting) => ["-c", setting]);
  return execFileSync("git", [...settings, ...args], {
    cwd: directory,
    encoding: "utf8",
    stdio: "pipe",
  }).trim();
}

/** Makes a directory a repository with one commit, on the branch `main`. */
export function commitAll(directory: string): void {
  git(directory, "init", "-b", "main");
  git(directory, "add", ".");
  git(directory, "commit", "-m", "all");
}
