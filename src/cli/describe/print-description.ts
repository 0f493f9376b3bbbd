import { CodegenError } from "../../codegen/errors.ts";
import { readPinnedApi } from "../../codegen/sources/pin.ts";
import { CALL_OPTION_NAMES } from "../call/call-options.ts";
import { type CatalogService, createCatalog } from "../catalog/catalog.ts";
import { suggestRpcs } from "../catalog/find-rpc.ts";
import type { DocumentedApi } from "../catalog/live-api.ts";
import { quote, type RpcSearch } from "../catalog/locate-rpc.ts";
import { type InstancePlace, resolveInstance } from "../connection/resolve.ts";
import { UsageError } from "../errors.ts";
import { printJson } from "../output/print.ts";
import { printTable } from "../output/table.ts";
import type { Terminal } from "../terminal.ts";
import { Describer, type RpcSummary } from "./description.ts";
import { type Described, findDescribed } from "./find.ts";
import { printEnum, printMessage, printRpc, printService } from "./render.ts";

/** The parsed options of `describe` and `list`. */
export type DescribeValues = RpcSearch & { readonly json?: boolean | undefined };

/** Prints all services. */
export async function printServices(values: DescribeValues, terminal: Terminal): Promise<void> {
  const { catalog } = await openApi(values, terminal);
  const services = catalog.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  if (values.json === true) {
    const document = services.map(({ path, typeName, methods }) => ({
      name: path,
      fullName: typeName,
      rpcs: methods,
    }));
    return printJson(terminal, document);
  }
  printTable(terminal, {
    columns: ["service", "RPCs", "full name"],
    rows: services.map(({ path, typeName, methods }) => [path, String(methods.length), typeName]),
  });
}

/** Prints the description of a name. */
export async function printDescription(
  name: string | undefined,
  values: DescribeValues,
  terminal: Terminal,
): Promise<void> {
  if (name === undefined) return await printServices(values, terminal);
  const { found, describer } = await find(name, values, terminal);
  const [only, ...others] = found;
  if (only === undefined) return;
  if (others.length > 0) return printMatches(found, describer, values, terminal);
  switch (only.kind) {
    case "rpc":
      return print(describer.rpc(only), printRpc, values, terminal);
    case "service":
      return print(describer.service(only), printService, values, terminal);
    case "message":
      return print(describer.message(only), printMessage, values, terminal);
    case "enum":
      return print(describer.enum(only), printEnum, values, terminal);
  }
}

function print<T>(
  description: T,
  show: (description: T, terminal: Terminal) => void,
  { json }: DescribeValues,
  terminal: Terminal,
): void {
  if (json === true) printJson(terminal, description);
  else show(description, terminal);
}

interface Api {
  readonly api: DocumentedApi;
  readonly catalog: readonly CatalogService[];
}

interface Found {
  readonly found: readonly Described[];
  readonly describer: Describer;
}

/** Searches this package, then the instance's description of its API. Throws a UsageError with the nearest names. */
async function find(name: string, values: DescribeValues, terminal: Terminal): Promise<Found> {
  const first = await openApi(values, terminal);
  const found = await findIn(first, name);
  if (found !== undefined) return found;
  const instance = values.live === true ? undefined : resolveInstance(values, terminal);
  const live = instance === undefined ? undefined : await openLive(instance, terminal);
  const more = live === undefined ? undefined : await findIn(live, name);
  if (more !== undefined) return more;
  const near = suggestRpcs((live ?? first).catalog, name);
  const remedy =
    near.length === 0 ? "`zitadel-connect list` shows all services" : `did you mean ${near.join(" or ")}?`;
  throw new UsageError(`There is nothing called ${quote(name)}; ${remedy}`);
}

async function findIn({ api, catalog }: Api, name: string): Promise<Found | undefined> {
  const found = await findDescribed(api, catalog, name);
  if (found.length === 0) return undefined;
  return { found, describer: new Describer(api, catalog, CALL_OPTION_NAMES) };
}

async function openApi(values: DescribeValues, terminal: Terminal): Promise<Api> {
  if (values.live !== true) return await addCatalog(await readPinnedApi());
  const instance = resolveInstance(values, terminal);
  if (instance === undefined) throw new UsageError("--live: which instance? Give --url, or a profile");
  const { readLiveApi } = await import("../catalog/live-api.ts");
  return await addCatalog(await readLiveApi(instance, terminal));
}

/** Reads the instance's description. If the instance does not respond, only this package is searched. */
async function openLive(instance: InstancePlace, terminal: Terminal): Promise<Api | undefined> {
  const { readLiveApi } = await import("../catalog/live-api.ts");
  try {
    return await addCatalog(await readLiveApi(instance, terminal));
  } catch (error) {
    if (!(error instanceof CodegenError)) throw error;
    terminal.err(`Note: only this package's API was searched: ${error.message}\n`);
    return undefined;
  }
}

async function addCatalog(api: DocumentedApi): Promise<Api> {
  return { api, catalog: await createCatalog(api.files) };
}

function printMatches(
  found: readonly Described[],
  describer: Describer,
  { json }: DescribeValues,
  terminal: Terminal,
): void {
  const rpcs = found.flatMap((one): RpcSummary[] => (one.kind === "rpc" ? [describer.summary(one)] : []));
  const types = found.flatMap((one) => (one.kind === "rpc" ? [] : [{ kind: one.kind, name: one.typeName }]));
  if (json === true) {
    printJson(terminal, { rpcs, types });
    return;
  }
  const rows = [
    ...rpcs.map(({ name, summary, deprecated }) => [name, deprecated ? `(deprecated) ${summary}` : summary]),
    ...types.map(({ kind, name }) => [name, kind]),
  ];
  printTable(terminal, { columns: ["name", "what it is"], rows });
}
