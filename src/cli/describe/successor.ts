import type { DescMethod } from "@bufbuild/protobuf";
import type { CatalogService } from "../catalog/catalog.ts";
import { toRpcName } from "../catalog/find-rpc.ts";

/** What the documentation says about a deprecation: the sentence, and the RPC to use instead, if it names one. */
export interface Deprecation {
  readonly text: string | undefined;
  readonly successor: string | undefined;
}

/** Finds the RPC to use instead of a deprecated one. */
export function findDeprecation(
  documentation: string,
  method: DescMethod,
  catalog: readonly CatalogService[],
): Deprecation {
  const lines = documentation.match(/^.*\bdeprecated\b.*$/gim) ?? [];
  const [first] = lines;
  if (first === undefined) return { text: undefined, successor: undefined };
  const text = first.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, "$1").trim();
  return { text, successor: findSuccessor(lines.join("\n"), method, catalog) };
}

function findSuccessor(
  text: string,
  method: DescMethod,
  catalog: readonly CatalogService[],
): string | undefined {
  for (const name of findNames(text, method)) {
    const places = catalog.flatMap((service) => {
      const found = service.methods.find((one) => one.toLowerCase() === name);
      const isItself = service.typeName === method.parent.typeName && found === method.localName;
      return found === undefined || isItself ? [] : [{ service, method: found }];
    });
    const [best] = places.toSorted((a, b) => rank(a.service, text) - rank(b.service, text));
    if (best !== undefined) return toRpcName(best);
  }
  return undefined;
}

/** Possible RPC names, in lower case, likeliest first. */
function findNames(text: string, method: DescMethod): string[] {
  // A link to the documentation of an RPC ends with its service and its name.
  const links = [...text.matchAll(/service-([a-z\d-]+?)\.(?:api\.)?mdx/g)].map(([, slug = ""]) =>
    slug.replaceAll("-", ""),
  );
  const words = [...text.matchAll(/\b[A-Z][a-z]+[A-Z]\w*\b/g)].map(([word]) => word.toLowerCase());
  const same = /\bcorresponding\b/.test(text) ? [method.name.toLowerCase()] : [];
  return [...links, ...words, ...same];
}

/** Ranks services: those that the text mentions come first, then stable versions. */
function rank({ path }: CatalogService, text: string): number {
  const [domain = "", version = ""] = path.split(".");
  const isNamed = text.toLowerCase().replaceAll(/[-_]/g, " ").includes(`${domain.toLowerCase()} service`);
  const stability = /^v[2-9]$/.test(version) ? 0 : /^v[2-9]beta/.test(version) ? 1 : 2;
  return (isNamed ? 0 : 10) + stability;
}
