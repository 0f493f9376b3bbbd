import { AuthError } from "../auth-error.ts";
import { emit } from "../auth-event.ts";
import type { AuthContext } from "../auth-method.ts";

/** A key, secret or token that may be replaced while the process runs. */
export interface Credential<T> {
  /** Returns the newest valid value. */
  load(): Promise<T>;
  /** Whether there is a new valid value since the last one was read. Checks at most once a second. */
  changed(): Promise<boolean>;
  /** Whether it is time to call {@link changed}. Cheap. */
  mayChange(): boolean;
}

/** Binds a checked {@link Credential} to a client. */
export type BindCredential<T> = (context: Pick<AuthContext, "clock" | "onEvent">) => Credential<T>;

/** Parses what was passed or read. Throws a TypeError that never quotes it. */
export type ParseCredential<T> = (raw: unknown, option: string) => T;

/** Loads a credential that a function returns. The last valid value stays in use while the function fails. */
export function functionCredential<T>(
  { onEvent }: Pick<AuthContext, "onEvent">,
  option: string,
  call: () => unknown,
  parse: ParseCredential<T>,
): () => Promise<T> {
  let last: { readonly value: T } | undefined;
  return async () => {
    try {
      last = { value: parse(await result(option, call), option) };
    } catch (cause) {
      const error = cause instanceof AuthError ? cause : invalidResult(option, cause);
      if (last === undefined) throw error;
      emit(onEvent, { type: "credential-reload-failed", source: option, reason: error.message });
    }
    return last.value;
  };
}

async function result(option: string, call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (cause) {
    throw new AuthError({
      code: "credential_unavailable",
      summary: `The function given as ${option} failed`,
      cause,
    });
  }
}

function invalidResult(option: string, cause: unknown): AuthError {
  const description = cause instanceof TypeError ? cause.message : undefined;
  return new AuthError({
    code: "invalid_credential",
    summary: `The function given as ${option} returned an invalid value`,
    description,
  });
}
