import { type Instance, makeCalls } from "./calls.ts";

/** A program of one's own: run.ts says where the instance is. It has to end by itself. */
const instance: Instance = JSON.parse(process.env["MATRIX_INSTANCE"] ?? "");
makeCalls(instance);
