import { type Check, failed, ok } from "../check.ts";
import { resolveWithoutAuth } from "../connect.ts";

/** The options make sense, apart from the credential, which has a check of its own. */
export const configuration: Check = {
  name: "configuration",
  about: "the url and the options",
  needs: [],
  async run(context) {
    try {
      context.origin = resolveWithoutAuth(context).origin;
    } catch (error) {
      return failed((error as Error).message, "Correct the option or the environment variable.");
    }
    const where = context.options.url === undefined ? "ZITADEL_API_URL" : "the url";
    return ok(`${where} is ${context.origin}`);
  },
};
