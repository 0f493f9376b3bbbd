import { TLSSocket } from "node:tls";
import { dial, speaksTls } from "../../transport/dial/dial.ts";
import { type Check, type Finding, failed, ok, warning } from "../check.ts";
import { findCode, toDialOptions } from "../doctor-context.ts";

/** Checks that the server proves who it is. */
export const tls: Check = {
  name: "tls",
  about: "the server's certificate, and how long it is valid",
  needs: ["tcp"],
  async run(context) {
    if (context.origin.startsWith("http:")) {
      const signal = AbortSignal.timeout(context.checkTimeoutMs);
      if (await speaksTls(toDialOptions(context), signal)) return failed("The url says http:", TLS_WANTED);
      return ok("not used: everything, tokens included, travels in the clear");
    }
    const protocols = ["h2", "http/1.1"];
    try {
      const socket = await dial(
        toDialOptions(context),
        protocols,
        AbortSignal.timeout(context.checkTimeoutMs),
      );
      const finding = socket instanceof TLSSocket ? describe(socket) : ok("established");
      socket.destroy();
      return finding;
    } catch (error) {
      const code = findCode(error);
      const reason = code || (error instanceof Error ? error.message : String(error));
      const fix = FIXES.find(([pattern]) => pattern.test(code))?.[1];
      return failed(`The TLS connection fails (${reason})`, fix ?? FALLBACK);
    }
  },
};

const FIXES: readonly (readonly [RegExp, string])[] = [
  [/EXPIRED/, "The server's certificate has expired: renew it, and check this machine's clock."],
  [/NOT_YET_VALID/, "The server's certificate is not valid yet: check this machine's clock."],
  [/ALTNAME/, "The certificate is for another name: use that name in the url, or set tls.serverName."],
  [
    /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/,
    "The certificate's issuer is not trusted: set tls.ca (--ca), or NODE_EXTRA_CA_CERTS.",
  ],
  [
    /WRONG_VERSION|PACKET_LENGTH|^EPROTO/,
    "The port does not speak TLS: use http:// in the url, or another port.",
  ],
  [
    /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/,
    "The server may want a client certificate: set tls.cert and tls.key.",
  ],
];

const TLS_WANTED = "The port speaks TLS: use https:// in the url, or the plaintext port.";
const FALLBACK = "Check the server's certificate, and whatever is between the server and this machine.";
const NOTICE_DAYS = 14;

function describe(socket: TLSSocket): Finding {
  const { valid_to: end, issuer } = socket.getPeerCertificate();
  const days = Math.floor((Date.parse(end) - Date.now()) / 86_400_000);
  const summary = `${socket.getProtocol()}, a certificate of ${issuer.O ?? issuer.CN}, valid for ${days} more days`;
  return days < NOTICE_DAYS ? warning(summary, "Renew the server's certificate.") : ok(summary);
}
