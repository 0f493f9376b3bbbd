/**
 * Writes `api/`: what programs can import, with types and without documentation, so that changes show in review. A test
 * compares.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript-language-service";
import { root } from "./pinned-api.ts";

/** An export of an entry point. */
export interface Export {
  readonly name: string;
  readonly kind: "type" | "value";
  /** Its source: a file, or another package. */
  readonly from: string;
}

/** The source of each entry point, by what a program imports. */
export function entryPoints(): Map<string, string> {
  const { compilerOptions } = ts.parseConfigFileTextToJson(
    "tsconfig.json",
    readFileSync(join(root, "tsconfig.json"), "utf8"),
  ).config as { compilerOptions: { paths: Record<string, [string]> } };
  return new Map(Object.entries(compilerOptions.paths).map(([name, [path]]) => [name, path.slice(2)]));
}

/**
 * The exports of an entry point: its named ones, and those of entry points that it re-exports, unless it has the same.
 */
export function listExports(entry: string): Export[] {
  const source = ts.createSourceFile(entry, readFileSync(join(root, entry), "utf8"), ts.ScriptTarget.Latest);
  const all = source.statements.map((statement): { own?: Export[]; others?: Export[] } => {
    if (!ts.isExportDeclaration(statement)) return {};
    const { exportClause, moduleSpecifier, isTypeOnly } = statement;
    if (moduleSpecifier === undefined) throw new Error(`${entry} has an export without a source`);
    const specifier = (moduleSpecifier as ts.StringLiteral).text;
    const from = specifier.startsWith(".") ? join(dirname(entry), specifier) : specifier;
    if (exportClause === undefined) return { others: listExports(from) };
    if (!ts.isNamedExports(exportClause)) throw new Error(`${entry} has an export without names`);
    const own = exportClause.elements.map(
      ({ name, isTypeOnly: isType }): Export => ({
        name: name.text,
        kind: isTypeOnly || isType ? "type" : "value",
        from,
      }),
    );
    return { own };
  });
  const own = all.flatMap((statement) => statement.own ?? []);
  const others = all.flatMap((statement) => statement.others ?? []);
  return [...own, ...others.filter(({ name }) => own.every((one) => one.name !== name))];
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  isolatedDeclarations: true,
  declaration: true,
  stripInternal: true,
  removeComments: true,
};

const printer = ts.createPrinter({ removeComments: true });

/** The declarations of a name in its file. */
function listDeclarations({ name, from }: Export): string[] {
  if (!from.startsWith("src/")) return [`export { ${name} } from ${JSON.stringify(from)};`];
  const source = readDeclarations(from);
  const found = source.statements.filter((statement) => listNames(statement).includes(name));
  if (found.length === 0) throw new Error(`${from} does not declare ${name}`);
  return found.map((statement) => printer.printNode(ts.EmitHint.Unspecified, statement, source));
}

const declarations = new Map<string, ts.SourceFile>();

/** The declarations of a file, which many names share. */
function readDeclarations(file: string): ts.SourceFile {
  const known = declarations.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(join(root, file), "utf8");
  const { outputText } = ts.transpileDeclaration(text, { fileName: file, compilerOptions: OPTIONS });
  const source = ts.createSourceFile(file, outputText, ts.ScriptTarget.Latest, true);
  declarations.set(file, source);
  return source;
}

function listNames(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const { name } = statement as { name?: ts.Identifier };
  return name === undefined ? [] : [name.text];
}

/** The files of api/, and what belongs in them. */
export function apiReports(): Map<string, string> {
  const reports = [...entryPoints()].map(([name, entry]): [string, string] => {
    const exports = listExports(entry).sort((a, b) => (a.name < b.name ? -1 : 1));
    const declarations = exports.flatMap(listDeclarations).join("\n\n");
    const file = `api/${name.replace("/", ".")}.md`;
    return [
      file,
      `# ${name}\n\n\`node scripts/api-report.ts\` writes this page.\n\n\`\`\`typescript\n${declarations}\n\`\`\`\n`,
    ];
  });
  return new Map(reports);
}

if (import.meta.main) {
  mkdirSync(join(root, "api"), { recursive: true });
  for (const [file, text] of apiReports()) writeFileSync(join(root, file), text);
}
