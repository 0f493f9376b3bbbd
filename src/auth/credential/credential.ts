import type { AuthContext } from "../auth-method.ts";

/** A key, secret or token that may be replaced while the process runs. */
export interface Credential<T> {
  /** The newest usable value. */
  load(): Promise<T>;
  /** Whether a new usable value has come since the last one was read. Looks at most once a second. */
  changed(): Promise<boolean>;
  /** Whether it is time for {@link changed} to look. Cheap. */
  mayChange(): boolean;
}

/** Binds a {@link Credential}, whose option has been checked, to a client. */
export type BindCredential<T> = (context: Pick<AuthContext, "clock" | "onEvent">) => Credential<T>;

/** Makes a value of what was given or read. Throws a TypeError whose message repeats nothing of it. */
export type ParseCredential<T> = (raw: unknown, option: string) => T;
