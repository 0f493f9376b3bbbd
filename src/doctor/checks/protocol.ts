import { HttpVersionError } from "../../transport/dial/dial-error.ts";
import { openSession } from "../../transport/http2/open-session.ts";
import { type Check, failed, ok, warning } from "../check.ts";
import { toDialOptions } from "../doctor-context.ts";

/** Checks that HTTP/2 gets through, or that HTTP/1.1 is available. */
export const protocol: Check = {
  name: "protocol",
  about: "whether HTTP/2 gets through",
  needs: ["tls"],
  async run(context) {
    if (context.options.httpVersion === "1.1") {
      context.httpVersion = "1.1";
      return ok("HTTP/1.1, as the option says");
    }
    try {
      const signal = AbortSignal.timeout(context.checkTimeoutMs);
      const session = await openSession({ dial: toDialOptions(context), acceptHttp1: true }, signal);
      session.http2.destroy();
      session.socket.destroy();
      context.httpVersion = "2";
      return ok("HTTP/2");
    } catch (error) {
      context.httpVersion = "1.1";
      const fix = `Something on the way speaks only HTTP/1.1: fix it, or set httpVersion: "1.1", which is slower.`;
      if (!(error instanceof HttpVersionError)) return failed("HTTP/2 does not get through", fix);
      return context.options.httpVersion === "2"
        ? failed("The server offers HTTP/1.1 only", fix)
        : warning("The server offers only HTTP/1.1, which is used", fix);
    }
  },
};
