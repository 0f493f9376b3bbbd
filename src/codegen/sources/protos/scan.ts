/** The parts of a .proto file that matter before it is compiled. */
export interface ScannedFile {
  readonly package: string;
  readonly imports: readonly ScannedImport[];
}

export interface ScannedImport {
  readonly name: string;
  /** Counted from 1. */
  readonly line: number;
}

/** Comments, strings, words, and everything else character by character. */
const TOKEN = /\/\/.*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[\w.]+|\S/g;

/** Finds a file's package and imports. The file need not be valid. */
export function scanProto(text: string): ScannedFile {
  const imports: ScannedImport[] = [];
  let packageName = "";
  let statement: string[] = [];
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token.startsWith("//") || token.startsWith("/*")) continue;
    if (token !== ";" && token !== "}") {
      statement.push(token);
      continue;
    }
    if (token === ";" && statement[0] === "import") {
      const name = statement.filter((word) => /^["']/.test(word)).map((word) => word.slice(1, -1));
      imports.push({ name: name.join(""), line: text.slice(0, index).split("\n").length });
    }
    if (token === ";" && statement[0] === "package") packageName = statement.slice(1).join("");
    statement = [];
  }
  return { package: packageName, imports };
}
