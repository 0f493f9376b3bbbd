import {
  createFileRegistry,
  type DescFile,
  type DescMethod,
  type DescService,
  type FileRegistry,
  fromBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { methodTraits } from "../descriptor/method-traits.ts";

/** Decodes an image. */
export function readImage(image: Uint8Array): FileRegistry {
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
}

/** The services of an image, sorted by name. */
export function listServices(registry: FileRegistry): DescService[] {
  return collectServices(registry.files);
}

/** The services of files, sorted by name. */
export function collectServices(files: Iterable<DescFile>): DescService[] {
  const services = [...files].flatMap((file) => file.services);
  return services.sort((a, b) => (a.typeName < b.typeName ? -1 : 1));
}

const COLUMNS = ["service", "method", "access", "paging", "items", "token", "deprecated"];

/**
 * The surface of an API as a table with a line for each RPC, in which a reviewer sees what a new version changes:
 *
 * - `access`: `read`; `write` if a call may change something; `idempotent` if running it twice has the same effect
 * - `paging`: how a list is paged: by `offset`, `sequence` or `time`, and the request field for that; `-` if it is not
 *   paged
 * - `items`: the field of the response that holds the items of a list
 * - `token`: whether the RPC requires a token
 */
export function formatApiRecord(files: Iterable<DescFile>): string {
  const rows = collectServices(files).flatMap(({ methods }) => methods.map(toRow));
  return [COLUMNS, ...rows].map((cells) => `${cells.join("\t")}\n`).join("");
}

function toRow(method: DescMethod): string[] {
  const { access, list, authenticated, deprecated } = methodTraits(method);
  const paging = list?.paging;
  return [
    method.parent.typeName,
    method.name,
    access,
    paging === undefined ? "-" : `${paging.by}:${paging.field?.name ?? "request"}`,
    list?.items.name ?? "-",
    authenticated ? "token" : "open",
    deprecated ? "deprecated" : "-",
  ];
}
