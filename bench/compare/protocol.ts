import type { Load } from "../protocol.ts";

/** Where a process can call, and with which token. */
export interface Target {
  readonly url: string;
  readonly token: string;
}

/** What is called: always the same five users, or 500; and an instance with thousands, all of which are listed. */
export interface Targets {
  readonly small: Target;
  readonly large: Target;
  readonly all: Target;
}

/** The task of a process. */
export interface CallerJob extends Load {
  readonly target: keyof Targets;
}
