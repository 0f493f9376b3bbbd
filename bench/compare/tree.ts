import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";

/** This repository, with its uncommitted changes. */
export const headTree = join(import.meta.dirname, "../..");

/**
 * The package at a commit, built in a folder of its own, and kept there for the next time. It uses this repository's
 * dependencies if both have the same, and installs its own otherwise.
 */
export function buildTree(ref: string): string {
  const commit = run("git", ["rev-parse", "--verify", `${ref}^{commit}`]).trim();
  // Not in node_modules, where Node does not run TypeScript.
  const tree = join(headTree, ".bench", commit);
  if (existsSync(join(tree, "dist/index.js"))) return tree;
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree, { recursive: true });
  const archive = `${tree}.tar`;
  run("git", ["archive", "--output", archive, commit]);
  run("tar", ["-xf", archive, "-C", tree]);
  rmSync(archive);
  // Saves generating it if it is the same; `prepare` checks.
  cpSync(join(headTree, "gen"), join(tree, "gen"), { recursive: true });
  if (sameFile(tree, "package-lock.json")) {
    symlinkSync(join(headTree, "node_modules"), join(tree, "node_modules"), "dir");
    run("npm", ["run", "prepare"], tree);
  } else {
    // This also runs `prepare`.
    run("npm", ["ci"], tree);
  }
  return tree;
}

function sameFile(tree: string, file: string): boolean {
  return readFileSync(join(tree, file)).equals(readFileSync(join(headTree, file)));
}

function run(command: string, args: readonly string[], cwd = headTree): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}
