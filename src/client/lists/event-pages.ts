import { Code } from "@connectrpc/connect";
import type { Event } from "../../../gen/zitadel/event_pb.js";
import { listFailure } from "./list-error.ts";
import { type ListCursor, MAX_PAGE_SIZE } from "./list-options.ts";
import type { PageReader, ReadPage, Step } from "./page-reader.ts";

/**
 * Reads a list of events. Those of one object (`aggregateId`) are listed by sequence number, those of several by creation
 * time; both are called the key here.
 *
 * - Each page starts at the last key of the previous one, as events may share it; events of that page are left out. If all
 *   events of a page share one key, a larger page is requested; if that is impossible, reading fails.
 * - Every page but the last has new events, and keys never go back, so reading ends.
 */
export async function* eventSteps(
  reader: PageReader,
  { method, cursor }: { readonly method: string; readonly cursor: ListCursor | undefined },
): AsyncGenerator<Step> {
  const key = reader.request.isByTime ? readCreationTime : readSequence;
  let place = { position: BigInt(cursor?.position ?? 0), anchors: cursor?.anchors ?? [] };
  let room = 0;
  for (let first = true; ; first = false) {
    const limit = Math.max(room, reader.nextLimit);
    const page = await reader.read(String(place.position), limit);
    const { anchors } = place;
    const fresh = page.ids.flatMap((id, index) => (anchors.includes(id) ? [] : index));
    const full = page.items.length >= page.limit;
    if (fresh.length > 0 || first) {
      place = placeAfter(page, key, reader.request.ascending, method) ?? place;
      yield { page, fresh, position: String(place.position), anchors: place.anchors };
    } else if (full) {
      room = enlarge(page, limit, method);
    }
    if (fresh.length === 0 && !full) return;
  }
}

/** Where the next page starts, and which events it repeats. */
function placeAfter(
  { items, ids }: ReadPage,
  key: (item: unknown) => bigint,
  ascending: boolean,
  method: string,
): { readonly position: bigint; readonly anchors: readonly string[] } | undefined {
  const keys = items.map(key);
  const last = keys.at(-1);
  if (last === undefined) return undefined;
  const inOrder = keys.every((one, index) => {
    const before = keys[index - 1] ?? one;
    return ascending ? one >= before : one <= before;
  });
  if (!inOrder) {
    const message = "the server lists events out of order";
    throw listFailure(method, Code.FailedPrecondition, { message });
  }
  return {
    position: ascending ? last - 1n : last + 1n,
    anchors: ids.filter((_, index) => keys[index] === last),
  };
}

/** Returns the size of a larger page, for a page whose events are all known, since they share one key. */
function enlarge({ limit }: ReadPage, asked: number, method: string): number {
  if (limit < asked || asked >= MAX_PAGE_SIZE) {
    throw listFailure(method, Code.FailedPrecondition, {
      message: `more than ${limit} events were created at one instant, and no page can hold them`,
      hint: "Ask for the events of one object (aggregateId), or for fewer eventTypes or aggregateTypes.",
    });
  }
  return Math.min(2 * asked, MAX_PAGE_SIZE);
}

/** Microseconds since the epoch, the precision of the server's database. */
function readCreationTime(item: unknown): bigint {
  const { seconds = 0n, nanos = 0 } = (item as Event).creationDate ?? {};
  return BigInt(seconds) * 1_000_000n + BigInt(Math.floor(nanos / 1_000));
}

function readSequence(item: unknown): bigint {
  return BigInt((item as Event).sequence);
}
