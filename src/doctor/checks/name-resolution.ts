import { lookup } from "node:dns/promises";
import { proxyFor, resolveProxy } from "../../transport/dial/proxy.ts";
import { type Check, failed, ok } from "../check.ts";
import { findCode } from "../doctor-context.ts";

/** Checks that the host has an address. */
export const nameResolution: Check = {
  name: "name-resolution",
  about: "whether the host, or the proxy, has an address",
  needs: ["configuration"],
  async run({ origin, options }) {
    if (options.socketPath !== undefined) return ok("a Unix socket has no name");
    const proxy = proxyFor(origin, resolveProxy(options.proxy));
    const host = (proxy ?? new URL(origin)).hostname.replace(/^\[|\]$/g, "");
    try {
      const addresses = await lookup(host, { all: true });
      const list = addresses.map(({ address }) => address).join(", ");
      return ok(`${proxy === undefined ? "" : "the proxy "}${host} is ${list}`);
    } catch (error) {
      return failed(
        `${proxy === undefined ? "The host" : "The proxy"} ${host} has no address (${findCode(error)})`,
        proxy === undefined
          ? "Check the url for a typo, and that this machine's name server knows the host."
          : "Check HTTPS_PROXY, or the option proxy.",
      );
    }
  },
};
