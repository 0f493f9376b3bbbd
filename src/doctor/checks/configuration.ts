import { proxyFor, resolveProxy } from "../../transport/dial/proxy.ts";
import { type Check, failed, ok } from "../check.ts";
import { resolveWithoutAuth } from "../connect.ts";

/** Checks that the options are valid, apart from the credential, which another check covers. */
export const configuration: Check = {
  name: "configuration",
  about: "the url and the options",
  needs: [],
  async run(context) {
    try {
      const { origin, proxy } = resolveWithoutAuth(context);
      proxyFor(origin, resolveProxy(proxy));
      context.origin = origin;
    } catch (error) {
      return failed((error as Error).message, "Correct the option or the environment variable.");
    }
    const where = context.options.url === undefined ? "ZITADEL_API_URL" : "the url";
    return ok(`${where} is ${context.origin}`);
  },
};
