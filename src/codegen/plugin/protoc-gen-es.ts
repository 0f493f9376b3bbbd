#!/usr/bin/env node
/** Runs the installed protoc-gen-es, made faster. */
import { dirname, join } from "node:path";
import { createProtocGenEsRequire } from "./protoplugin.ts";
import { rememberNames } from "./remembered-names.ts";

const require = createProtocGenEsRequire();
rememberNames(join(dirname(require.resolve("@bufbuild/protoplugin")), "../.."), require);
require("./bin/protoc-gen-es");
