import { request } from "node:http";
import type { HttpClient } from "../../../src/shared/http-client.ts";

/** The smallest {@link HttpClient}: one connection per request. */
export const httpClient: HttpClient = ({ method, url, headers, body, signal }) =>
  new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers: { ...headers }, signal, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const received = new Headers();
        for (const [name, values] of Object.entries(incoming.headersDistinct)) {
          for (const value of values ?? []) received.append(name, value);
        }
        resolve({
          status: incoming.statusCode ?? 0,
          headers: received,
          text: Buffer.concat(chunks).toString("utf8"),
        });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
