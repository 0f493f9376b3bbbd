import type { DescService } from "@bufbuild/protobuf";

/** Names that a client has of its own; a package of the same name gets a `$` at its end. */
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
 * Where a service is found on a client: `zitadel.user.v2.UserService` at `user.v2`. That is the package
 * without `zitadel`, and where a package has several services, also the name of the service. What would meet something
 * else there gets a `$` at its end: no name in an API has one.
 */
export function servicePaths(services: readonly DescService[]): Map<DescService, readonly string[]> {
  const perPackage = Map.groupBy(services, (service) => service.file.proto.package);
  const taken = new Set<string>();
  const paths = new Map<DescService, readonly string[]>();
  // Zitadel's own come first, so that their paths do not depend on what else there is.
  const inOrder = [...services].sort((a, b) => rank(a) - rank(b) || (a.typeName < b.typeName ? -1 : 1));
  for (const service of inOrder) {
    const name = service.file.proto.package;
    const alone = perPackage.get(name)?.length === 1;
    const path = packagePath(name);
    const [first = "", ...others] = alone && path.length > 0 ? path : [...path, lowerFirst(service.name)];
    let free = [CLIENT_MEMBERS.has(first) ? `${first}$` : first, ...others];
    while (taken.has(free.join("."))) free = [...free.slice(0, -1), `${free.at(-1)}$`];
    taken.add(free.join("."));
    for (const method of service.methods) taken.add([...free, method.localName].join("."));
    paths.set(service, free);
  }
  return new Map(services.flatMap((service) => [[service, paths.get(service) ?? []]]));
}

function rank({ typeName }: DescService): number {
  return typeName.startsWith("zitadel.") ? 0 : 1;
}

function packagePath(name: string): string[] {
  const segments = name.split(".").filter((segment) => segment !== "");
  return segments[0] === "zitadel" && segments.length > 1 ? segments.slice(1) : segments;
}

function lowerFirst(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}
