#!/usr/bin/env node
import module from "node:module";
import { createProcess } from "./terminal.ts";

// Caching compiled code saves a third of a command's time. Not every runtime has it.
module.enableCompileCache?.();
const { run } = await import("./run.ts");
process.exitCode = await run(process.argv.slice(2), createProcess());
