/** Keeps compiled code between processes: each test file is one, most load all of src/, and some start programs. */
import { enableCompileCache } from "node:module";
import { join } from "node:path";

const directory = join(import.meta.dirname, "../node_modules/.cache/compiled");
enableCompileCache(directory);
process.env["NODE_COMPILE_CACHE"] ??= directory;
