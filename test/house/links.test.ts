import assert from "node:assert/strict";
import { existsSync, globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, it } from "node:test";
import { root } from "../../scripts/pinned-api.ts";

const IGNORED = /(^|\/)(node_modules|dist|gen)(\/|$)/;
const documents = globSync(["*.md", "{docs,examples,test,bench,.github}/**/*.md"], { cwd: root })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => !IGNORED.test(path));

/** A document without its code: brackets in it are not links, and `#` starts no heading. */
function withoutBlocks(text: string): string {
  return text.replaceAll(/^ *```.*?^ *```/gms, "");
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** The anchors that GitHub gives to headings: lower case, without punctuation, numbered where they repeat. */
function findAnchors(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of withoutBlocks(text).matchAll(/^#+ +(.+?) *$/gm)) {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = words.replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The target of a link that does not exist; undefined if it does. */
function findBroken(document: string, target: string): string | undefined {
  const [path = "", anchor] = target.split("#");
  const file =
    path === "" ? document : relative(root, join(root, dirname(document), path)).replaceAll("\\", "/");
  if (!existsSync(join(root, file))) return `${document}: ${target}: there is no ${file}`;
  if (anchor === undefined || !file.endsWith(".md")) return undefined;
  return findAnchors(read(file)).has(anchor)
    ? undefined
    : `${document}: ${target}: ${file} has no heading for it`;
}

function findLinks(text: string): string[] {
  const prose = withoutBlocks(text).replaceAll(/`[^`\n]*`/g, "");
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return links.filter((target) => !/^[a-z]+:/.test(target));
}

/** Paths of this repository that a document mentions, such as `src/client/options.ts`. */
function findPaths(text: string): string[] {
  const paths = [
    ...withoutBlocks(text).matchAll(/`((?:src|test|scripts|bench|proto|\.github)\/[\w./-]*\w\/?)`/g),
  ];
  return paths.map(([, path = ""]) => path);
}

describe("the documentation", () => {
  assert.ok(documents.length > 30 && documents.every((path) => statSync(join(root, path)).isFile()));

  it("links to files and headings that exist", () => {
    const broken = documents.flatMap((document) =>
      findLinks(read(document)).flatMap((target) => findBroken(document, target) ?? []),
    );
    assert.deepEqual(broken, []);
  });

  it("names paths of this repository that exist", () => {
    // Other documents name files of their readers.
    const own = documents.filter((path) => /^(CONTRIBUTING|RELEASING)|^docs\/design\//.test(path));
    const missing = own.flatMap((document) => {
      const paths = findPaths(read(document)).filter((path) => !existsSync(join(root, path)));
      return paths.map((path) => `${document}: ${path}`);
    });
    assert.deepEqual(missing, []);
  });

  it("explains each folder of src/ in CONTRIBUTING.md", () => {
    const [, parts = ""] = read("CONTRIBUTING.md").split("| part | what it is |");
    const described = [...parts.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, names = ""]) =>
      [...names.matchAll(/`([\w-]+)`/g)].map(([, name]) => name),
    );
    const entries = readdirSync(join(root, "src"), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    assert.deepEqual(described.sort(), folders.sort());
  });

  it("names in CONTRIBUTING.md only files that exist, and quotes the emulator as it is", () => {
    const text = read("CONTRIBUTING.md");
    const files = globSync(["*", "{src,test,scripts,bench,docs,proto,examples}/**/*"], {
      cwd: root,
      exclude: ["**/node_modules"],
    });
    const known = new Set(files.map((file) => file.replaceAll("\\", "/").replace(/^.*\//, "")));
    const names = [...text.matchAll(/`(?:[\w./-]+\/)?([\w.-]+\.(?:ts|tsv|md|json))`/g)].map(
      ([, name = ""]) => name,
    );
    assert.ok(names.length > 100);
    assert.deepEqual(
      names.filter((name) => !known.has(name)),
      [],
    );

    const sources = globSync("src/testing/{state,services,access}/*.ts", { cwd: root }).map(read).join("\n");
    const code = new Set(sources.split("\n").map((line) => line.trim()));
    const blocks = [...text.matchAll(/^ {3}```ts\n(.*?)^ {3}```/gms)].map(([, block = ""]) => block);
    const quoted = blocks.flatMap((block) => block.trimEnd().split("\n")).map((line) => line.trim());
    assert.ok(quoted.length > 10);
    assert.deepEqual(
      quoted.filter((line) => line !== "// …" && !code.has(line)),
      [],
    );
  });

  it("lists every page in docs/README.md", () => {
    const listed = new Set(findLinks(read("docs/README.md")).map((target) => `docs/${target}`));
    const pages = documents.filter((path) => /^docs\/(design\/)?[^/]+\.md$/.test(path));
    const missing = pages.filter((path) => path !== "docs/README.md" && !listed.has(path));
    assert.deepEqual(missing, []);
  });

  it("is checked with the anchors that GitHub gives to headings", () => {
    const text = "# A `b()`, c\n## It's [d](e)\n```\n# no\n```\n## It's d\n";
    assert.deepEqual([...findAnchors(text)], ["a-b-c", "its-d", "its-d-1"]);
    assert.deepEqual(findLinks("[a](b.md#c) `[d](e)` [f](https://g)"), ["b.md#c"]);
    assert.equal(findBroken("README.md", "docs/lists.md#bulk"), undefined);
    assert.match(findBroken("README.md", "docs/lists.md#none") ?? "", /has no heading/);
    assert.match(findBroken("docs/lists.md", "none.md") ?? "", /there is no docs\/none\.md/);
  });
});
