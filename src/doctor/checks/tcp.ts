import { dial } from "../../transport/dial/dial.ts";
import { proxyFor, resolveProxy } from "../../transport/dial/proxy.ts";
import { type Check, failed, ok } from "../check.ts";
import { findCode, toDialOptions } from "../doctor-context.ts";

/** Checks that the port accepts connections, through the proxy if there is one. */
export const tcp: Check = {
  name: "tcp",
  about: "whether the port accepts connections, through the proxy if there is one",
  needs: ["name-resolution"],
  async run(context) {
    const url = new URL(context.origin);
    const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
    const address = `${url.hostname}:${port}`;
    const proxy = proxyFor(context.origin, resolveProxy(context.options.proxy));
    const through = proxy === undefined ? "" : ` through the proxy ${proxy.host}`;
    try {
      const options = { ...toDialOptions(context), origin: `http://${address}`, ...(proxy && { proxy }) };
      const socket = await dial(options, [], AbortSignal.timeout(context.checkTimeoutMs));
      socket.destroy();
      return ok(`connected to ${address}${through}`);
    } catch (error) {
      return failed(
        `Cannot connect to ${address}${through} (${describeReason(error)})`,
        findFix(error, through !== ""),
      );
    }
  },
};

function describeReason(error: unknown): string {
  return findCode(error) || (error instanceof Error ? error.message : String(error));
}

function findFix(error: unknown, proxied: boolean): string {
  if (proxied) return "Check HTTPS_PROXY and NO_PROXY, and that the proxy allows this destination.";
  return findCode(error) === "ECONNREFUSED"
    ? "Nothing listens there: check the port, and that Zitadel is running."
    : "A firewall or a route is in the way: check the network, and whether a proxy is needed (HTTPS_PROXY).";
}
