#!/usr/bin/env node
import module from "node:module";
import { ownProcess } from "./terminal.ts";

// What is compiled once need not be again: a third of what a command costs. Not every runtime has it.
module.enableCompileCache?.();
const { run } = await import("./run.ts");
process.exitCode = await run(process.argv.slice(2), ownProcess());
