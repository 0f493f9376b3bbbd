import { fieldValue } from "../../descriptor/field-value.ts";
import type { ListCursor } from "./list-options.ts";
import { PagingAborted } from "./offset-paginator.ts";
import type { PageReader, ReadPage, Step } from "./page-reader.ts";
import { Seen } from "./seen.ts";

/** How many pages in a row may have nothing new. */
const MAX_IDLE = 1_000;

/**
 * Reads a list in which each page has the token of the next one: `page_token` and `next_page_token`, see
 * https://google.aip.dev/158. The server keeps the position; items that it repeats after the list has shifted are not
 * yielded again. Ends at a page without a token, or fails if tokens keep repeating.
 */
export async function* tokenSteps(
  reader: PageReader,
  cursor: ListCursor | undefined,
): AsyncGenerator<Step, undefined> {
  const known = new Seen();
  const tokens = new Seen();
  for (const id of cursor?.anchors ?? []) known.add(id);
  let token = cursor?.position ?? reader.request.start;
  for (let idle = 0; idle <= MAX_IDLE && !tokens.has(token); ) {
    tokens.add(token);
    const page = await reader.read(token, reader.nextLimit);
    const fresh = page.ids.flatMap((id, index) => (known.has(id) ? [] : index));
    for (const index of fresh) known.add(page.ids[index] ?? "");
    idle = fresh.length > 0 ? 0 : idle + 1;
    const next = readNextToken(page, reader);
    // The position after the last page is that page, with all its items known.
    if (next === "") return yield { page, fresh, position: token, anchors: page.ids };
    yield { page, fresh, position: next, anchors: [] };
    token = next;
  }
  throw new PagingAborted(
    "the server keeps returning tokens of pages that were read before, or that have nothing new",
    "Report this to whoever runs the server.",
  );
}

function readNextToken({ response }: ReadPage, { shape: { paging } }: PageReader): string {
  return paging?.nextToken === undefined ? "" : String(fieldValue(response, paging.nextToken) ?? "");
}
