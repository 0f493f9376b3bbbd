import * as http from "node:http";
import * as https from "node:https";
import type { Socket } from "node:net";
import { DialError } from "./dial-error.ts";
import { type TlsOptions, tlsSettings } from "./tls.ts";

/** A connection to `target` (`host:port`) through an HTTP proxy. */
export function openTunnel(
  proxy: URL,
  target: string,
  { ca }: TlsOptions,
  signal: AbortSignal,
): Promise<Socket> {
  const { request } = proxy.protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    const connect = request({
      host: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: proxy.port,
      method: "CONNECT",
      path: target,
      headers: { host: target, ...authorization(proxy) },
      // A company's proxy has its certificate from the company, as may the server behind it.
      ...tlsSettings({ ca }),
      agent: false,
      signal,
    });
    connect.once("error", reject);
    connect.once("response", (response) => {
      response.resume();
      reject(refusal(proxy, response));
    });
    connect.once("connect", (response, socket, head) => {
      connect.off("error", reject);
      if (response.statusCode === 200) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket as Socket);
      } else {
        socket.destroy();
        reject(refusal(proxy, response));
      }
    });
    connect.end();
  });
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` };
}

/** A proxy that responds 4xx will do so again; other responses may pass. Names no credentials. */
function refusal({ host }: URL, { statusCode }: http.IncomingMessage): Error {
  const message = `The proxy ${host} responded ${statusCode} to CONNECT`;
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500
    ? new DialError(message)
    : new Error(message);
}
