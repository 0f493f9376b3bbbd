import type { DescFile } from "@bufbuild/protobuf";
import { findIdentifyingFiles } from "../identity.ts";
import type { Api } from "../read-api.ts";
import { type Breaking, findBreaking } from "./breaking.ts";
import { type Change, compareSurfaces, findMoved, type SurfaceDiff } from "./compare.ts";
import { toSurface } from "./surface.ts";

/** One side of a comparison. */
export interface Side {
  readonly description: string;
  readonly services: number;
  readonly rpcs: number;
}

/** The differences between two APIs. */
export interface ApiDiff extends SurfaceDiff {
  readonly from: Side;
  readonly to: Side;
  /** What breaks callers, besides removals. */
  readonly broken: readonly Breaking[];
}

/** Compares two APIs, RPC by RPC and field by field, and lets Buf decide what breaks. */
export async function diffApis(from: Api, to: Api): Promise<ApiDiff> {
  const [before, after] = [findIdentifyingFiles(from.files), findIdentifyingFiles(to.files)];
  const broken = findBreaking(before, after);
  const surfaces = [toSurface(before), toSurface(after)] as const;
  return {
    from: toSide(from.description, before),
    to: toSide(to.description, after),
    ...compareSurfaces(...surfaces),
    broken: [...(await broken), ...findMoved(...surfaces).map(toBreaking)],
  };
}

function toBreaking({ before: { kind, name, file }, after }: Change): Breaking {
  const message = `The ${kind} "${name}" is imported from "${after.file}", no longer from "${file}".`;
  return { rule: "FILE_MOVED", message };
}

/** Whether a difference breaks callers. */
export function isBreaking({ broken, removed }: ApiDiff): boolean {
  return broken.length + removed.length > 0;
}

/** Whether there is any difference. */
export function isDifferent({ added, deprecated, removed, changed, broken }: ApiDiff): boolean {
  return [added, deprecated, removed, changed, broken].some((list) => list.length > 0);
}

function toSide(description: string, files: readonly DescFile[]): Side {
  const services = files.flatMap((file) => file.services);
  const rpcs = services.reduce((sum, { methods }) => sum + methods.length, 0);
  return { description, services: services.length, rpcs };
}
