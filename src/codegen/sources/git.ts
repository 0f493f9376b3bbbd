import { mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodegenError } from "../errors.ts";
import { runCommand } from "../run-command.ts";
import { withScratchDirectory } from "../scratch-directory.ts";
import { removeCredentials } from "./credentials.ts";

/** The part of a repository to read. */
export interface GitRevision {
  readonly branch?: string | undefined;
  readonly tag?: string | undefined;
  readonly commit?: string | undefined;
  /** Anything that git accepts as a revision. */
  readonly ref?: string | undefined;
  /** How many commits of the branch to fetch, to find `ref` among them. Default: 50. */
  readonly depth?: string | undefined;
}

export interface Repository {
  /** A URL or a path. */
  readonly url: string;
  /** The name of the source, for error messages. */
  readonly name: string;
}

/** A resolved revision. */
export interface Checkout {
  readonly directory: string;
  readonly commit: string;
}

/** Only these files are checked out and, if the server can filter, only these are fetched. */
const PATTERNS = "*.proto\nbuf.yaml\nbuf.work.yaml\nbuf.lock\n";

const DEFAULT_DEPTH = "50";

/**
 * Fetches a revision of a repository with the git client, which knows the user's credentials, and checks out its .proto
 * files for as long as `use` takes.
 */
export async function withCheckout<T>(
  { url, name }: Repository,
  revision: GitRevision,
  use: (checkout: Checkout) => Promise<T>,
): Promise<T> {
  checkRevision(url, revision);
  return await withScratchDirectory(join(tmpdir(), "zitadel-connect-git-"), async (directory) => {
    const git: Git = async (...args) => {
      const { exitCode, stderr } = await runCommand("git", args, {
        cwd: directory,
        env: createEnvironment(),
      });
      if (exitCode === 0) return;
      const problem = /^(?:fatal|error): (.*)$/m.exec(stderr)?.[1] ?? stderr.trim();
      throw new CodegenError(`${name}: git ${args[0]}: ${removeCredentials(problem)}`);
    };
    await createRepository(directory, url);
    await fetchRevision(git, revision);
    // It names a commit, since no branch is checked out.
    const commit = (await readFile(join(directory, ".git/HEAD"), "utf8")).trim();
    return await use({ directory, commit });
  });
}

/** Creates an empty repository, as `git init` does, but with settings of its own, whatever the user's are. */
async function createRepository(directory: string, url: string): Promise<void> {
  const at = (name: string) => join(directory, ".git", name);
  for (const name of ["objects", "refs", "info"]) await mkdir(at(name), { recursive: true });
  await writeFile(at("HEAD"), "ref: refs/heads/main\n");
  // The URL goes in a file, since any user of the machine can read command lines.
  await writeFile(at("config"), createConfiguration(url));
  await writeFile(at("info/sparse-checkout"), PATTERNS);
}

/** Runs a git command. */
type Git = (...args: string[]) => Promise<void>;

function checkRevision(url: string, revision: GitRevision): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would start a new line in git's configuration
  if (/[\u0000-\u001f]/.test(url)) throw new CodegenError("A git URL must not contain control characters");
  for (const [name, value] of Object.entries(revision)) {
    if (value !== undefined && !/^(?!-)[\w./@^~{}+-]+$/.test(value)) {
      throw new CodegenError(
        `${name}: expected the name of a revision: letters, digits and ./@^~{}+-, not starting with -`,
      );
    }
  }
  if (revision.depth !== undefined && !/^[1-9]\d*$/.test(revision.depth)) {
    throw new CodegenError("depth: expected a number of commits");
  }
}

function createConfiguration(url: string): string {
  const quoted = url.replace(/[\\"]/g, "\\$&");
  return `[core]
	repositoryformatversion = 0
	sparseCheckout = true
[maintenance]
	auto = false
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
    return await checkout("FETCH_HEAD");
  }
  try {
    await fetch(branch === undefined ? ref : name, branch === undefined ? "1" : depth);
    await checkout(branch === undefined ? "FETCH_HEAD" : ref);
  } catch {
    // No server accepts `main~1`.
    await fetch("+refs/*:refs/*", depth);
    await checkout(ref);
  }
}

/** Variables that git sets for its hooks, and that refer to another repository. */
const CONTEXT = /^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|COMMON_DIR|PREFIX|NAMESPACE)$/;

/** Disables git's prompts, which nobody could answer, and Git LFS, which .proto files are not stored in. */
function createEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !CONTEXT.test(name));
  return {
    ...Object.fromEntries(inherited),
    GIT_TERMINAL_PROMPT: "0",
    GIT_LFS_SKIP_SMUDGE: "1",
    LC_ALL: "C",
  };
}
