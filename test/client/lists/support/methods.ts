import type { DescMethodUnary, DescService } from "@bufbuild/protobuf";
import { services } from "../../../../gen/services.js";
import type { ServiceTree } from "../../../../src/client/service-tree.ts";
import { methodTraits } from "../../../../src/descriptor/method-traits.ts";

/** A list RPC, and its path on a client. */
export interface ListMethod {
  readonly method: DescMethodUnary;
  readonly path: readonly string[];
}

/** The list RPCs of a service. */
export function findListMethods(service: DescService): DescMethodUnary[] {
  return service.methods
    .filter((method) => methodTraits(method).list !== undefined)
    .map((method) => method as DescMethodUnary);
}

/** Every list RPC of the pinned API. */
export async function allListMethods(
  tree: ServiceTree = services,
  path: readonly string[] = [],
): Promise<ListMethod[]> {
  const found: ListMethod[] = [];
  for (const [segment, node] of Object.entries(tree)) {
    if (typeof node.load === "function") {
      const members = findListMethods((await node.load()) as DescService);
      found.push(...members.map((method) => ({ method, path: [...path, method.localName] })));
    } else {
      found.push(...(await allListMethods(node as ServiceTree, [...path, segment])));
    }
  }
  return found;
}
