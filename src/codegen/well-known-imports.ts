import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const IMPORT =
  /^import \{ (file_google_protobuf_\w+(?:, file_google_protobuf_\w+)*) \} from "@bufbuild\/protobuf\/wkt";$/m;

/**
 * Makes generated modules import each well-known type from its own module of protobuf-es, instead of from the index of
 * all of them. Node loads every imported module, so the first call then loads a third less.
 */
export function importWellKnownTypesAlone(folder: string): void {
  for (const name of globSync("**/*_pb.js", { cwd: folder })) {
    const file = join(folder, name);
    const text = readFileSync(file, "utf8");
    const changed = text.replace(IMPORT, (_, files: string) => files.split(", ").map(importAlone).join("\n"));
    if (changed !== text) writeFileSync(file, changed);
  }
}

function importAlone(file: string): string {
  const module = file.replace("file_google_protobuf_", "").replace(/^compiler_/, "compiler/");
  return `import { ${file} } from "@bufbuild/protobuf/wkt/google/protobuf/${module}_pb.js";`;
}
