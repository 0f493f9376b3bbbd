import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { writtenComments } from "../comments.ts";
import { type GeneratedApi, readGeneratedModules } from "./generated-modules.ts";
import type { Source } from "./source.ts";

/** gen/, seen from src/ and from dist/. */
const GEN = join(import.meta.dirname, "../../../gen");

let pinned: Promise<GeneratedApi> | undefined;

/**
 * The API that this package is built for, read back from its own generated code: the published package has it without
 * a second copy. Read once.
 */
export function pinnedApi(): Promise<GeneratedApi> {
  pinned ??= read();
  return pinned;
}

/** The names of its services, without reading it: they are in the index of the generated code. */
export async function pinnedServiceNames(): Promise<string[]> {
  const index: { services: object } = await import(pathToFileURL(join(GEN, "services.js")).href);
  return namesIn(index.services);
}

function namesIn(node: object): string[] {
  return Object.entries(node).flatMap(([name, value]) =>
    name === "$service" ? [value.typeName] : namesIn(value),
  );
}

/** `pin` in a command. */
export const pinSource: Source = {
  spec: "pin",
  async read() {
    const { files, comments } = await pinnedApi();
    const description = "the API that zitadel-connect is built for";
    return { description, files: files.map(({ proto }) => proto), comments };
  },
};

async function read(): Promise<GeneratedApi> {
  const layout = { modules: "**/*_pb.js", declarations: "**/*_pb.d.ts" };
  const { files, comments } = await readGeneratedModules(GEN, layout);
  return { files, comments: writtenComments(files, comments) };
}
