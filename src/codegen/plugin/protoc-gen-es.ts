#!/usr/bin/env node
/** protoc-gen-es as it is installed, faster. */
import { dirname, join } from "node:path";
import { requireOfProtocGenEs } from "./protoplugin.ts";
import { rememberNames } from "./remembered-names.ts";

const require = requireOfProtocGenEs();
rememberNames(join(dirname(require.resolve("@bufbuild/protoplugin")), "../.."), require);
require("./bin/protoc-gen-es");
