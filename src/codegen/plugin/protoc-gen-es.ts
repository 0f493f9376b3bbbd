#!/usr/bin/env node
/** The installed protoc-gen-es, made faster. */
import { dirname, join } from "node:path";
import { requireOfProtocGenEs } from "./protoplugin.ts";
import { rememberNames } from "./remembered-names.ts";

const require = requireOfProtocGenEs();
rememberNames(join(dirname(require.resolve("@bufbuild/protoplugin")), "../.."), require);
require("./bin/protoc-gen-es");
