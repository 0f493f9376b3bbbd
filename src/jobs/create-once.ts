import { isAlreadyExists, isFailedPrecondition, isNotFound } from "../errors/guards.ts";

/**
 * Creates an object under an id of the caller's, so that it is there once, however often a job is run again: also after one
 * that was killed before it heard of its success. `create` calls an RPC that takes an id, such as `userId` of
 * `user.v2.createUser`; `find` one that reads the object of that id.
 *
 * @example
 * ```ts
 * import { createOnce } from "zitadel-connect";
 *
 * const userId = "import-4711";
 * const profile = { givenName: "Ada", familyName: "Lovelace" };
 * await createOnce(
 *   () => zitadel.user.v2.addHumanUser({ userId, profile, email: { email: "ada@example.com" } }),
 *   () => zitadel.user.v2.getUserByID({ userId }),
 * );
 * ```
 *
 * @throws what `create` failed with, also where its name, and not its id, belongs to another object
 */
export async function createOnce(
  create: () => PromiseLike<unknown>,
  find: () => PromiseLike<unknown>,
): Promise<"created" | "existed"> {
  try {
    await create();
    return "created";
  } catch (error) {
    // What Zitadel says of an id that is taken depends on the kind of object.
    if (!isAlreadyExists(error) && !isFailedPrecondition(error)) throw error;
    try {
      await find();
      return "existed";
    } catch (reason) {
      throw isNotFound(reason) ? error : reason;
    }
  }
}
