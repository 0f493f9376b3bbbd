import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodegenError } from "../errors.ts";
import { runCommand } from "../run-command.ts";
import { withScratchDirectory } from "../scratch-directory.ts";
import { withoutCredentials } from "./credentials.ts";

/** What of a repository is meant. */
export interface GitRevision {
  readonly branch?: string | undefined;
  readonly tag?: string | undefined;
  readonly commit?: string | undefined;
  /** Anything that git takes for a revision. */
  readonly ref?: string | undefined;
  /** How many commits back from the branch `ref` may be. Default: 50. */
  readonly depth?: string | undefined;
}

export interface Repository {
  /** Also a path. */
  readonly url: string;
  /** For errors. */
  readonly name: string;
}

/** A revision that was found. */
export interface Checkout {
  readonly directory: string;
  readonly commit: string;
}

/** Only these are fetched where the server can choose, and written in any case. */
const PATTERNS = "*.proto\nbuf.yaml\nbuf.work.yaml\nbuf.lock\n";

const DEFAULT_DEPTH = "50";

/**
 * Fetches a revision of a repository with the git client, which knows the credentials of the user, and checks its .proto
 * files out for as long as `use` takes.
 */
export async function withCheckout<T>(
  { url, name }: Repository,
  revision: GitRevision,
  use: (checkout: Checkout) => Promise<T>,
): Promise<T> {
  checkRevision(url, revision);
  return await withScratchDirectory(join(tmpdir(), "zitadel-connect-git-"), async (directory) => {
    const git: Git = async (...args) => {
      const { exitCode, stdout, stderr } = await runCommand("git", args, {
        cwd: directory,
        env: environment(),
      });
      if (exitCode === 0) return stdout;
      const problem = /^(?:fatal|error): (.*)$/m.exec(stderr)?.[1] ?? stderr.trim();
      throw new CodegenError(`${name}: git ${args[0]}: ${withoutCredentials(problem)}`);
    };
    await git("init", "--quiet", "--template=");
    // In a file and not on a command line, which any user of the machine can read.
    await writeFile(join(directory, ".git/config"), configuration(url));
    await mkdir(join(directory, ".git/info"));
    await writeFile(join(directory, ".git/info/sparse-checkout"), PATTERNS);
    await fetchRevision(git, revision);
    return await use({ directory, commit: (await git("rev-parse", "HEAD")).trim() });
  });
}

/** Runs a git command and gives what it prints. */
type Git = (...args: string[]) => Promise<string>;

function checkRevision(url: string, revision: GitRevision): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would begin a line of its own in git's configuration
  if (/[\u0000-\u001f]/.test(url)) throw new CodegenError("A git URL has no control characters");
  for (const [name, value] of Object.entries(revision)) {
    if (value !== undefined && !/^(?!-)[\w./@^~{}+-]+$/.test(value)) {
      throw new CodegenError(
        `${name}: expected the name of a revision, of letters, digits and ./@^~{}+-, and no - in front`,
      );
    }
  }
  if (revision.depth !== undefined && !/^[1-9]\d*$/.test(revision.depth)) {
    throw new CodegenError("depth: expected a number of commits");
  }
}

function configuration(url: string): string {
  const quoted = url.replace(/[\\"]/g, "\\$&");
  return `[core]
	repositoryformatversion = 0
	sparseCheckout = true
[remote "origin"]
	url = "${quoted}"
`;
}

async function fetchRevision(git: Git, revision: GitRevision): Promise<void> {
  const { branch, tag, commit, ref, depth = DEFAULT_DEPTH } = revision;
  const options = ["--quiet", "--no-tags", "--update-head-ok", "--filter=blob:none"];
  const fetch = (what: string, howDeep: string) =>
    git("fetch", ...options, `--depth=${howDeep}`, "origin", what);
  const checkout = (what: string) => git("checkout", "--quiet", "--detach", what, "--");
  const name =
    branch !== undefined ? `refs/heads/${branch}` : tag !== undefined ? `refs/tags/${tag}` : "HEAD";
  if (ref === undefined) {
    await fetch(commit ?? name, "1");
    return void (await checkout("FETCH_HEAD"));
  }
  try {
    await fetch(branch === undefined ? ref : name, branch === undefined ? "1" : depth);
    await checkout(branch === undefined ? "FETCH_HEAD" : ref);
  } catch {
    // No server gives `main~1` by that name.
    await fetch("+refs/*:refs/*", depth);
    await checkout(ref);
  }
}

/** Variables by which git tells its hooks about another repository than the one that is meant here. */
const CONTEXT = /^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|COMMON_DIR|PREFIX|NAMESPACE)$/;

/** Nobody could answer git's questions, and files of Git LFS are not .proto files. */
function environment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !CONTEXT.test(name));
  return {
    ...Object.fromEntries(inherited),
    GIT_TERMINAL_PROMPT: "0",
    GIT_LFS_SKIP_SMUDGE: "1",
    LC_ALL: "C",
  };
}
