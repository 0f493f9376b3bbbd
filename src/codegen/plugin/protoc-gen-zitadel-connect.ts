#!/usr/bin/env node
import { runNodeJs } from "@bufbuild/protoplugin";
import { servicesPlugin } from "./services-plugin.ts";

runNodeJs(servicesPlugin);
