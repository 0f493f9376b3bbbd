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
 * without `zitadel`, and where a package has several services, also the name of the service.
 */
export function servicePaths(services: readonly DescService[]): Map<DescService, readonly string[]> {
  const perPackage = Map.groupBy(services, (service) => service.file.proto.package);
  const pathOf = (service: DescService): readonly string[] => {
    const name = service.file.proto.package;
    const alone = perPackage.get(name)?.length === 1;
    const path = packagePath(name);
    const [first = "", ...others] = alone && path.length > 0 ? path : [...path, lowerFirst(service.name)];
    return [CLIENT_MEMBERS.has(first) ? `${first}$` : first, ...others];
  };
  return new Map(services.map((service) => [service, pathOf(service)]));
}

function packagePath(name: string): string[] {
  const segments = name.split(".").filter((segment) => segment !== "");
  return segments[0] === "zitadel" && segments.length > 1 ? segments.slice(1) : segments;
}

function lowerFirst(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}
