import { type ContextKey, createContextKey } from "@connectrpc/connect";

/**
 * Which failures of a call are retried. `auto`: what is safe for its method. `safe`: as if it were a read,
 * for a write that may run twice. `never`: none, not even those that are proven not to have reached the
 * server.
 */
export type RetryMode = "auto" | "safe" | "never";

/** Sets the {@link RetryMode} of a single call, in its `contextValues`. */
export const retryMode: ContextKey<RetryMode | undefined> = createContextKey<RetryMode | undefined>(
  undefined,
  {
    description: "zitadel-connect: retry mode",
  },
);
