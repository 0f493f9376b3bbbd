import { Code } from "@connectrpc/connect";
import { fieldValue } from "../../descriptor/field-value.ts";
import { listFailure } from "./list-error.ts";
import type { ListCursor } from "./list-options.ts";
import { findUnknown, type PageReader, type ReadPage, type Step } from "./page-reader.ts";

/**
 * Reads a list of events in which each page starts after a sequence number. Events never change, so nothing shifts. But
 * sequence numbers count per object: a list of the events of several objects is not in their order, and the server cannot
 * find what comes after one.
 */
export async function* sequenceSteps(
  reader: PageReader,
  { method, cursor }: { readonly method: string; readonly cursor: ListCursor | undefined },
): AsyncGenerator<Step> {
  const start = BigInt(cursor?.position ?? reader.request.start);
  let page = await reader.read(String(start), reader.nextLimit);
  let position = lastInOrder(reader, page, start);
  const fresh = findUnknown(page, cursor);
  yield { page, fresh, position: String(position ?? start), anchors: [] };
  if (position === undefined && page.items.length < page.limit) return;
  // The server may truncate pages silently, so only an empty page is certainly the end.
  while (page.items.length > 0) {
    if (position === undefined) throw unordered(method);
    page = await reader.read(String(position), reader.nextLimit);
    position = lastInOrder(reader, page, position);
    if (page.items.length > 0 && position !== undefined) {
      yield { page, fresh: findUnknown(page, undefined), position: String(position), anchors: [] };
    }
  }
}

/** The sequence number of the last item; undefined if the items are out of order. */
function lastInOrder(
  { shape, request: { ascending } }: PageReader,
  { items }: ReadPage,
  after: bigint,
): bigint | undefined {
  let last = after;
  for (const item of items) {
    const sequence = shape.sequence === undefined ? 0n : BigInt(String(fieldValue(item, shape.sequence)));
    // Everything comes after 0, in either direction.
    const behind = last === 0n || (ascending ? sequence > last : sequence < last);
    if (!behind) return undefined;
    last = sequence;
  }
  return last;
}

function unordered(method: string): Error {
  const message =
    "these are the events of several objects, whose sequence numbers are not in the order of the list: ask for one object (aggregateId), or for a range of time with at most 1000 events";
  return listFailure(method, Code.FailedPrecondition, { message });
}
