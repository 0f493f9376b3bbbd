#!/usr/bin/env node
/** The plugin as a program: `local: protoc-gen-zitadel-connect` in a buf.gen.yaml. */
import { CodegenError } from "../errors.ts";
import { loadProtoplugin } from "./protoplugin.ts";
import { servicesPlugin } from "./services-plugin.ts";

try {
  const { createEcmaScriptPlugin, runNodeJs } = loadProtoplugin();
  runNodeJs(createEcmaScriptPlugin(servicesPlugin));
} catch (error) {
  if (!(error instanceof CodegenError)) throw error;
  process.stderr.write(`${servicesPlugin.name}: ${error.message}\n`);
  process.exitCode = 1;
}
