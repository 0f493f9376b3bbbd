/** Keeps compiled code between processes: each test file is one, most load all of src/, and some start programs. */
import { join } from "node:path";

process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "../node_modules/.cache/compiled");
