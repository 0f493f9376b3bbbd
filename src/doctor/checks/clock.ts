import { type Check, ok, warning } from "../check.ts";

/** The `Date` header has whole seconds, and a response takes a while. */
const TOLERANCE_MS = 3_000;

/** This machine's clock agrees with the server's. */
export const clock: Check = {
  name: "clock",
  about: "this machine's clock against the server's",
  needs: ["discovery"],
  async run({ discovery }) {
    const date = Date.parse(discovery?.response.headers.get("date") ?? "");
    if (discovery === undefined || Number.isNaN(date)) return ok("the server sends no Date header");
    const skewMs = discovery.receivedAt - date;
    if (Math.abs(skewMs) <= TOLERANCE_MS) return ok("agrees with the server's");
    const seconds = Math.round(Math.abs(skewMs) / 1000);
    return warning(
      `This machine's clock is ${seconds} s ${skewMs > 0 ? "fast" : "slow"}`,
      "Synchronize the clocks (NTP). Signed token requests compensate for the difference; logs and lifetimes do not.",
    );
  },
};
