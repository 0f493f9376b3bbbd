import type { DescService } from "@bufbuild/protobuf";

/** The names of a client's own members. A `$` is added to the name of a package with such a name. */
export const CLIENT_MEMBERS: ReadonlySet<string> = new Set([
  "client",
  "close",
  "getAccessToken",
  "then",
  "transport",
  "withHeaders",
  "withOrganization",
]);

/**
 * The path of a service on a client: `user.v2` for `zitadel.user.v2.UserService`. That is the package without
 * `zitadel`, plus the name of the service if the package has several. A `$`, which no name in an API has, is added to a
 * path that is already taken.
 */
export function toServicePaths(services: readonly DescService[]): Map<DescService, readonly string[]> {
  const perPackage = Map.groupBy(services, (service) => service.file.proto.package);
  const taken = new Set<string>();
  const rpcs = new Set<string>();
  const paths = new Map<DescService, readonly string[]>();
  for (const service of sortByPrecedence(services)) {
    const name = service.file.proto.package;
    const alone = perPackage.get(name)?.length === 1;
    const path = toPackagePath(name);
    const free = findFreePath(
      alone && path.length > 0 ? path : [...path, lowerFirst(service.name)],
      taken,
      rpcs,
    );
    taken.add(free.join("."));
    for (const method of service.methods) rpcs.add([...free, method.localName].join("."));
    paths.set(service, free);
  }
  return new Map(services.map((service) => [service, paths.get(service) ?? []]));
}

/**
 * Zitadel's own services come first, so that their paths do not depend on other services; packages come before their
 * sub-packages.
 */
function sortByPrecedence(services: readonly DescService[]): DescService[] {
  const claim = ({ typeName, file }: DescService) => [
    typeName.startsWith("zitadel.") ? 0 : 1,
    file.proto.package.split(".").length,
    typeName,
  ];
  const keyed = services.map((service) => ({ service, key: claim(service) }));
  return keyed.sort((a, b) => compareKeys(a.key, b.key)).map(({ service }) => service);
}

function compareKeys(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  const i = a.findIndex((value, index) => value !== b[index]);
  return (a[i] ?? 0) < (b[i] ?? 0) ? -1 : 1;
}

function findFreePath(
  path: readonly string[],
  taken: ReadonlySet<string>,
  rpcs: ReadonlySet<string>,
): readonly string[] {
  const free: string[] = [];
  for (const [i, segment] of path.entries()) {
    let name = i === 0 && CLIENT_MEMBERS.has(segment) ? `${segment}$` : segment;
    const at = () => [...free, name].join(".");
    while (rpcs.has(at()) || (i === path.length - 1 && taken.has(at()))) name += "$";
    free.push(name);
  }
  return free;
}

function toPackagePath(name: string): string[] {
  const segments = name.split(".").filter((segment) => segment !== "");
  return segments[0] === "zitadel" && segments.length > 1 ? segments.slice(1) : segments;
}

function lowerFirst(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}
