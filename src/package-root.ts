import { extname, join } from "node:path";

/** The folder of this package. Works from src/ and from dist/, where all code is in one folder. */
export const packageRoot: string = join(import.meta.dirname, "..");

/** Whether this is TypeScript in this repository, or JavaScript in the published package. */
export const runsFromSource: boolean = extname(import.meta.filename) === ".ts";
