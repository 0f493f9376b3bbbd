import type { Load } from "../protocol.ts";

/** What a process can call, and with which token. */
export interface Target {
  readonly url: string;
  readonly token: string;
}

/** What is called: servers that always return the same 5 or 500 users, and an instance with thousands to list. */
export interface Targets {
  readonly small: Target;
  readonly large: Target;
  readonly all: Target;
}

/** The task of a process. */
export interface CallerJob extends Load {
  readonly target: keyof Targets;
}
