import { findNearest } from "../../shared/nearest.ts";
import type { CatalogService } from "./catalog.ts";

/** An RPC, by its place in a catalog. */
export interface RpcPlace {
  readonly service: CatalogService;
  /** Its name on a client: `listUsers`. */
  readonly method: string;
}

/**
 * All RPCs that a name may refer to: `user.v2.listUsers` as on a client, `zitadel.user.v2.UserService/ListUsers` as in
 * errors, with or without its package, or the last part alone. Case does not matter.
 */
export function findRpcs(catalog: readonly CatalogService[], name: string): RpcPlace[] {
  const { scope, method } = splitName(name);
  return catalog
    .filter((service) => isIn(service, scope))
    .flatMap((service) => {
      const found = service.methods.find((one) => one.toLowerCase() === method);
      return found === undefined ? [] : [{ service, method: found }];
    });
}

/** Services that a name may refer to: their path or full name, or whole dot-separated parts at either end of one. */
export function findServices(catalog: readonly CatalogService[], name: string): CatalogService[] {
  const scope = splitWords(name).join(".");
  const exact = catalog.filter(({ path, typeName }) =>
    [path, typeName].some((one) => one.toLowerCase() === scope),
  );
  return exact.length > 0 ? exact : catalog.filter((service) => isIn(service, scope));
}

/** The name of an RPC, in the form that `call` accepts. */
export function toRpcName({ service, method }: RpcPlace): string {
  return `${service.path}.${method}`;
}

/** The RPCs that a misspelled name most likely means, likeliest first. */
export function suggestRpcs(catalog: readonly CatalogService[], name: string, most = 3): string[] {
  const { scope, method } = splitName(name);
  const within = catalog.filter((service) => scope !== "" && isIn(service, scope));
  const near = within.length > 0 ? within : findNearestServices(catalog, scope);
  const inService = findNearestMethods(near, method, most);
  return inService.length > 0 ? inService : findNearestMethods(catalog, method, most);
}

function findNearestServices(catalog: readonly CatalogService[], scope: string): CatalogService[] {
  const nearest = findNearest(
    scope,
    catalog.flatMap(({ path, typeName }) => [path, typeName]),
  );
  return catalog.filter(({ path, typeName }) => path === nearest || typeName === nearest);
}

function findNearestMethods(catalog: readonly CatalogService[], method: string, most: number): string[] {
  const left = new Set(catalog.flatMap(({ methods }) => methods));
  const exact = [...left].filter((one) => one.toLowerCase() === method);
  const found: string[] = exact;
  for (const one of exact) left.delete(one);
  while (found.length < most) {
    const nearest = findNearest(method, [...left]);
    if (nearest === undefined) break;
    found.push(nearest);
    left.delete(nearest);
  }
  const places = found.flatMap((one) =>
    catalog
      .filter(({ methods }) => methods.includes(one))
      .map((service) => toRpcName({ service, method: one })),
  );
  return places.slice(0, most);
}

function splitName(name: string): { readonly scope: string; readonly method: string } {
  const words = splitWords(name);
  return { scope: words.slice(0, -1).join("."), method: words.at(-1) ?? "" };
}

function splitWords(name: string): string[] {
  return name
    .toLowerCase()
    .split(/[./]/)
    .filter((word) => word !== "");
}

/** Whether one of a service's names begins or ends with these words. */
function isIn({ path, typeName }: CatalogService, scope: string): boolean {
  if (scope === "") return true;
  return [path, typeName].some((name) => {
    const words = name.toLowerCase();
    return words === scope || words.startsWith(`${scope}.`) || words.endsWith(`.${scope}`);
  });
}
