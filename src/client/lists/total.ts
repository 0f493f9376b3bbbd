import { PageReader } from "./page-reader.ts";
import { pageRequest } from "./page-request.ts";
import { type Listing, listPages } from "./pages.ts";

/** How many items a list has. */
export async function totalOf(listing: Listing): Promise<number> {
  const { rpc, options } = listing;
  const { resumeFrom: _, pageSize: __, ...callOptions } = options;
  const request = pageRequest(rpc.method, listing.request);
  const reader = new PageReader(rpc, request, 1, callOptions);
  if (reader.shape.paging?.by === "offset" && reader.shape.total.length > 0) {
    const { total, items } = await reader.read(0n);
    // The total of ListSessions may be how many items the answer has.
    if (items.length === 0 || total > items.length) return total;
  }
  let count = 0;
  for await (const page of listPages({ ...listing, options: { ...options, resumeFrom: undefined } })) {
    count += page.items.length;
  }
  return count;
}
