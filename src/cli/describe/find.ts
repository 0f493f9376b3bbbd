import type { DescEnum, DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";
import type { CatalogService } from "../catalog/catalog.ts";
import { findRpcs, findServices } from "../catalog/find-rpc.ts";
import type { DocumentedApi } from "../catalog/live-api.ts";

/** What a name may refer to. */
export type Described = DescMethod | DescService | DescMessage | DescEnum;

/** Finds everything with this name; if there is nothing, everything whose name contains it. */
export async function findDescribed(
  api: DocumentedApi,
  catalog: readonly CatalogService[],
  name: string,
): Promise<Described[]> {
  const exact = [
    ...(await loadMethods(findRpcs(catalog, name))),
    ...(await Promise.all(findServices(catalog, name).map((service) => service.load()))),
    ...listTypes(api).filter(({ typeName }) => isNamed(typeName, name)),
  ];
  return exact.length > 0 ? exact : await search(api, catalog, name.toLowerCase());
}

async function loadMethods(places: ReturnType<typeof findRpcs>): Promise<DescMethod[]> {
  const found = places.map(async ({ service, method }) => (await service.load()).method[method] ?? []);
  return (await Promise.all(found)).flat();
}

/** Case matters: `user` is a word to search for, and `User` is a type. */
function isNamed(typeName: string, name: string): boolean {
  return typeName === name || typeName.endsWith(`.${name}`);
}

async function search(
  api: DocumentedApi,
  catalog: readonly CatalogService[],
  word: string,
): Promise<Described[]> {
  const rpcs = catalog.flatMap((service) =>
    service.methods
      .filter((method) => `${service.path}.${method}`.toLowerCase().includes(word))
      .map((method) => ({ service, method })),
  );
  // Nobody searches for request and response messages.
  const types = listTypes(api).filter(
    ({ name, typeName }) => name.toLowerCase().includes(word) && !/(Request|Response)$/.test(typeName),
  );
  return [...(await loadMethods(rpcs)), ...types];
}

function listTypes({ files }: DocumentedApi): (DescMessage | DescEnum)[] {
  return files
    .filter(({ proto }) => !/^(google|grpc)\b/.test(proto.package))
    .flatMap((file) => [...file.messages.flatMap(listWithNested), ...file.enums]);
}

function listWithNested(type: DescMessage): (DescMessage | DescEnum)[] {
  return [type, ...type.nestedEnums, ...type.nestedMessages.flatMap(listWithNested)];
}
