import { type IdentifiedPage, type Listing, listItems, listPages } from "./pages.ts";
import { readAhead } from "./read-ahead.ts";

// All that only an iteration needs. A program that does not iterate does not load it.

/** The pages of a list; the next one is read while the caller works on this one. */
export function iteratePages(listing: Listing): AsyncGenerator<IdentifiedPage, undefined> {
  return readAhead(listPages(listing));
}

/** The items of a list, likewise. */
export function iterateItems(listing: Listing): AsyncGenerator<unknown, undefined> {
  return listItems(iteratePages(listing), listing);
}

/** The items of a list, for a caller who does nothing with them meanwhile: nothing is read ahead. */
export function collectItems(listing: Listing): AsyncGenerator<unknown, undefined> {
  return listItems(listPages(listing), listing);
}
