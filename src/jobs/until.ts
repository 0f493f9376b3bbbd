import { systemClock } from "../shared/clock.ts";
import { poll } from "./poll.ts";
import type { UntilOptions, UntilRead } from "./until-options.ts";

/**
 * Reads again and again, with growing pauses, until what is read is as wanted, and returns it. For searches after a
 * write, as Zitadel's searches lag behind. `NotFound` counts as not there yet; any other error ends the wait.
 *
 * @throws UntilError when the time is up
 */
export async function until<T>(
  read: UntilRead<T>,
  options: UntilOptions<T> & { readonly holds: (value: T) => boolean },
): Promise<T>;
export async function until<T>(
  read: UntilRead<T>,
  options?: UntilOptions<T>,
): Promise<Exclude<T, undefined | null | false>>;
export async function until<T>(read: UntilRead<T>, options: UntilOptions<T> = {}): Promise<T> {
  return await poll(systemClock, read, options);
}
