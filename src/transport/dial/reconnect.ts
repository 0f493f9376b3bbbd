import type { Backoff } from "../../shared/backoff.ts";

/** How fast attempts to connect follow each other. */
export const RECONNECT: Backoff = { baseMs: 50, maxMs: 1000 };
