import { type SymbolKind, toSymbolKey } from "./symbols.ts";

/**
 * Reads the comments of .proto files back from the declarations that protoc-gen-es made from them: the only place where
 * an npm package of generated code has them. Each JSDoc block ends with a tag such as `@generated from field: string
 * user_id = 1;`, which says what it documents.
 */
export function readDeclarationComments(dts: string): Map<string, string> {
  const comments = new Map<string, string>();
  let parent = "";
  for (const [, block = ""] of dts.matchAll(/\/\*\*\n(.*?)\*\//gs)) {
    const [, text = "", declaration = ""] = /^(.*?)@generated from (.*?)$/ms.exec(unindent(block)) ?? [];
    const symbol = parseSymbol(declaration, parent);
    if (symbol === undefined) continue;
    if (symbol.parent !== undefined) parent = symbol.parent;
    const comment = text.trim();
    if (comment !== "") comments.set(symbol.key, comment);
  }
  return comments;
}

/** Strips ` * ` from the lines of a JSDoc block, and the escape that keeps a comment from ending early. */
function unindent(block: string): string {
  return block.replace(/^ *\* ?/gm, "").replaceAll("*\\/", "*/");
}

interface DocumentedSymbol {
  readonly key: string;
  /** Set by messages and enums: the type that the following fields or values belong to. */
  readonly parent?: string;
}

function parseSymbol(declaration: string, parent: string): DocumentedSymbol | undefined {
  const number = Number(/= (-?\d+)/.exec(declaration)?.[1]);
  if (declaration.startsWith("field:")) return { key: toSymbolKey("field", parent, number) };
  if (declaration.startsWith("enum value:")) return { key: toSymbolKey("value", parent, number) };
  const [kind, name] = declaration.split(" ");
  if (kind === undefined || name === undefined || !isNamedKind(kind)) return undefined;
  const key = toSymbolKey(kind, name);
  return kind === "message" || kind === "enum" ? { key, parent: name } : { key };
}

function isNamedKind(kind: string): kind is SymbolKind {
  return ["message", "enum", "oneof", "service", "rpc"].includes(kind);
}
