import type { CatalogService } from "../catalog/catalog.ts";
import { rpcName } from "../catalog/find-rpc.ts";

/** What the documentation of a deprecated RPC says: the sentence itself, and the RPC to take instead, if it names one. */
export interface Deprecation {
  readonly text: string | undefined;
  readonly successor: string | undefined;
}

/** Finds what is to be used instead of a deprecated RPC. `own` is the type name of its service. */
export function findDeprecation(
  documentation: string,
  own: string,
  catalog: readonly CatalogService[],
): Deprecation {
  const line = /^.*\bdeprecated\b[\s\S]*?(?=\n\s*\n|\n(?=[A-Z])|$)/im.exec(documentation)?.[0];
  if (line === undefined) return { text: undefined, successor: undefined };
  const text = line
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\[([^\]]+)\]\([^)]*\)/g, "$1")
    .trim();
  return { text, successor: successorIn(line, own, catalog) };
}

function successorIn(line: string, own: string, catalog: readonly CatalogService[]): string | undefined {
  const words = [...line.matchAll(/\b[A-Z][A-Za-z\d]+\b/g)].map(([word]) => word.toLowerCase());
  // A link to the documentation of an RPC ends with its service and its name.
  const links = [...line.matchAll(/service-([a-z\d-]+?)\.(?:api\.)?mdx/g)].map(([, slug = ""]) =>
    slug.replaceAll("-", ""),
  );
  for (const name of [...links, ...words]) {
    const places = catalog
      .filter(({ typeName }) => typeName !== own)
      .flatMap((service) => {
        const method = service.methods.find((one) => one.toLowerCase() === name);
        return method === undefined ? [] : [{ service, method }];
      });
    const best = places.toSorted((a, b) => rank(a.service, line) - rank(b.service, line))[0];
    if (best !== undefined) return rpcName(best);
  }
  return undefined;
}

/** Stable versions before others, and what the text is about before that. */
function rank({ path }: CatalogService, line: string): number {
  const [domain = "", version = ""] = path.split(".");
  const isNamed = line.toLowerCase().replaceAll(/[-_]/g, " ").includes(`${domain.toLowerCase()} service`);
  const stability = /^v[2-9]$/.test(version) ? 0 : /^v[2-9]beta/.test(version) ? 1 : 2;
  return (isNamed ? 0 : 10) + stability;
}
