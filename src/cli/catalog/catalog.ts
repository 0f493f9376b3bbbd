import type { DescFile, DescService } from "@bufbuild/protobuf";
import type { ServiceEntry, ServiceTree } from "../../client/service-tree.ts";

/** A service that can be called, with its names. Its descriptor is loaded when it is needed. */
export interface CatalogService {
  /** `zitadel.user.v2.UserService` */
  readonly typeName: string;
  /** Its path on a client: `user.v2`. */
  readonly path: string;
  /** Its RPCs, by their names on a client. */
  readonly methods: readonly string[];
  load(): Promise<DescService>;
}

/** The services of this package, from the index of the generated code. */
export async function readPinnedCatalog(): Promise<readonly CatalogService[]> {
  const { services } = await import("../../../gen/services.js");
  return [...listEntries(services, [])];
}

function* listEntries(node: ServiceTree, path: readonly string[]): Generator<CatalogService> {
  for (const [segment, next] of Object.entries(node)) {
    if (segment === "$service") yield toService(next as ServiceEntry, path.join("."));
    else yield* listEntries(next as ServiceTree, [...path, segment]);
  }
}

function toService({ typeName, methods, load }: ServiceEntry, path: string): CatalogService {
  // The generated index is not declared as a tree of services, because comparing the types is slow.
  return { typeName, path, methods, load: async () => (await load()) as DescService };
}

/** The services in some files. */
export async function createCatalog(files: readonly DescFile[]): Promise<readonly CatalogService[]> {
  const { toServicePaths } = await import("../../codegen/service-paths.ts");
  const services = files.flatMap((file) => file.services);
  return [...toServicePaths(services)].map(([service, path]) => ({
    typeName: service.typeName,
    path: path.join("."),
    methods: service.methods.map(({ localName }) => localName),
    load: async () => service,
  }));
}
