import { isAlreadyExists, isFailedPrecondition, isNotFound } from "../errors/guards.ts";

/**
 * Creates an object with an id that the caller chose, so that it exists once, however often a job is run, even if a run
 * was killed before it received the response. `create` calls an RPC that accepts an id, such as `userId` of
 * `user.v2.createUser`; `find` calls one that reads the object with that id.
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
 * @throws the error of `create`, also if it is the object's name, not its id, that is taken
 */
export async function createOnce(
  create: () => PromiseLike<unknown>,
  find: () => PromiseLike<unknown>,
): Promise<"created" | "existed"> {
  try {
    await create();
    return "created";
  } catch (error) {
    // Which error Zitadel returns for an id that is taken depends on the kind of object.
    if (!isAlreadyExists(error) && !isFailedPrecondition(error)) throw error;
    try {
      await find();
      return "existed";
    } catch (reason) {
      throw isNotFound(reason) ? error : reason;
    }
  }
}
