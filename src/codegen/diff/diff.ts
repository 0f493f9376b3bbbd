import type { DescFile } from "@bufbuild/protobuf";
import type { Api } from "../read-api.ts";
import { type Breaking, findBreaking } from "./breaking.ts";
import { compareSurfaces, type SurfaceDiff } from "./compare.ts";
import { servicesAndTypes, surfaceOf } from "./surface.ts";

/** One side of a comparison. */
export interface Side {
  readonly description: string;
  readonly services: number;
  readonly rpcs: number;
}

/** What is different between two APIs. */
export interface ApiDiff extends SurfaceDiff {
  readonly from: Side;
  readonly to: Side;
  /** What breaks callers; contains what was removed. */
  readonly broken: readonly Breaking[];
}

/** Compares two APIs, RPC by RPC and field by field, and lets Buf judge what breaks. */
export async function diffApis(from: Api, to: Api): Promise<ApiDiff> {
  const [before, after] = [servicesAndTypes(from.files), servicesAndTypes(to.files)];
  const broken = findBreaking(before, after);
  return {
    from: sideOf(from.description, before),
    to: sideOf(to.description, after),
    ...compareSurfaces(surfaceOf(before), surfaceOf(after)),
    broken: await broken,
  };
}

/** Whether anything at all is different. */
export function isDifferent({ added, deprecated, removed, changed, broken }: ApiDiff): boolean {
  return [added, deprecated, removed, changed, broken].some((list) => list.length > 0);
}

function sideOf(description: string, files: readonly DescFile[]): Side {
  const services = files.flatMap((file) => file.services);
  const rpcs = services.reduce((sum, { methods }) => sum + methods.length, 0);
  return { description, services: services.length, rpcs };
}
