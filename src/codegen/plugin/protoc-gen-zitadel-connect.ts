#!/usr/bin/env node
/** The plugin as a program: `local: protoc-gen-zitadel-connect` in a buf.gen.yaml. */
import { loadProtoplugin } from "./protoplugin.ts";
import { servicesPlugin } from "./services-plugin.ts";

const { createEcmaScriptPlugin, runNodeJs } = loadProtoplugin();
runNodeJs(createEcmaScriptPlugin(servicesPlugin));
