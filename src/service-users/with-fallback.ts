import { isUnimplemented } from "../errors/guards.ts";

/** Makes a call to the current API, or to v1 if the server is too old for that. */
export async function withFallback<T>(current: () => PromiseLike<T>, v1: () => PromiseLike<T>): Promise<T> {
  try {
    return await current();
  } catch (error) {
    if (!isUnimplemented(error)) throw error;
    return await v1();
  }
}
