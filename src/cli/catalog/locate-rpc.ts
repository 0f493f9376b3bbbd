import type { DescMethod } from "@bufbuild/protobuf";
import { CodegenError } from "../../codegen/errors.ts";
import type { ConnectionValues } from "../connection/connection-options.ts";
import { type InstancePlace, resolveInstance } from "../connection/resolve.ts";
import { UsageError } from "../errors.ts";
import type { Terminal } from "../terminal.ts";
import { type CatalogService, createCatalog, readPinnedCatalog } from "./catalog.ts";
import { findRpcs, type RpcPlace, suggestRpcs, toRpcName } from "./find-rpc.ts";

/** An RPC with its descriptor. */
export interface LocatedRpc {
  /** The name that `call` accepts: `user.v2.listUsers`. */
  readonly name: string;
  readonly method: DescMethod;
}

/** Options of {@link locateRpc}. */
export type RpcSearch = ConnectionValues & {
  /** Ask the instance, even about what this package knows. */
  readonly live?: boolean | undefined;
};

/**
 * Finds an RPC in this package, or else in the instance's description of its API. Throws a UsageError with the nearest
 * names.
 */
export async function locateRpc(name: string, search: RpcSearch, terminal: Terminal): Promise<LocatedRpc> {
  const pinned = search.live === true ? [] : await readPinnedCatalog();
  const found = findRpcs(pinned, name);
  if (found.length > 0) return await load(requireOne(name, found));
  const instance = resolveInstance(search, terminal);
  if (instance === undefined) throw unknownRpc(name, pinned, "there is no instance to ask");
  const live = await askInstance(instance, name, terminal, pinned);
  return await load(requireOne(name, live));
}

/** Asks again if a cached description of the instance lacks the RPC, since the instance may have been updated. */
async function askInstance(
  instance: InstancePlace,
  name: string,
  terminal: Terminal,
  pinned: readonly CatalogService[],
): Promise<RpcPlace[]> {
  const { readLiveApi } = await import("./live-api.ts");
  let catalog: readonly CatalogService[] = [];
  for (const maxAgeMs of [undefined, 60_000]) {
    try {
      catalog = await createCatalog((await readLiveApi(instance, terminal, maxAgeMs)).files);
    } catch (error) {
      if (!(error instanceof CodegenError)) throw error;
      throw unknownRpc(name, pinned, error.message);
    }
    const found = findRpcs(catalog, name);
    if (found.length > 0) return found;
  }
  throw unknownRpc(name, catalog);
}

async function load({ service, method }: RpcPlace): Promise<LocatedRpc> {
  const descriptor = (await service.load()).method[method];
  if (descriptor === undefined) throw new TypeError(`${service.typeName} has no ${method}`);
  return { name: toRpcName({ service, method }), method: descriptor };
}

function requireOne(name: string, found: readonly RpcPlace[]): RpcPlace {
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  const names = found.map(toRpcName);
  const shown = names.length > 8 ? [...names.slice(0, 8), `${names.length - 8} more`] : names;
  throw new UsageError(`${quote(name)} may be one of several RPCs: ${shown.join(", ")}`);
}

/** The error for a name that no RPC has. */
export function unknownRpc(name: string, catalog: readonly CatalogService[], instance?: string): UsageError {
  const near = suggestRpcs(catalog, name);
  const remedy =
    near.length === 0
      ? "`zitadel-connect list` shows all services, `zitadel-connect describe <word>` searches"
      : `did you mean ${near.join(" or ")}?`;
  const asked =
    instance === undefined ? "" : `\nNote: only the RPCs of this package were searched: ${instance}`;
  return new UsageError(`There is no RPC ${quote(name)}; ${remedy}${asked}`);
}

/** Only what looks like a name is shown; anything else may be a secret in the wrong place. */
export function quote(name: string): string {
  return /^[a-z][\w$]{0,40}([./][\w$]{1,50}){0,6}$/i.test(name) ? `"${name}"` : "like that";
}
