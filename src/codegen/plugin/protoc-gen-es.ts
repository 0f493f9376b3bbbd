#!/usr/bin/env node
/** Runs the installed protoc-gen-es, made faster. */
import { prepareProtocGenEs } from "./protoplugin.ts";
import { rememberNames } from "./remembered-names.ts";

const { require, protoplugin } = prepareProtocGenEs();
rememberNames(protoplugin, require);
require("./bin/protoc-gen-es");
