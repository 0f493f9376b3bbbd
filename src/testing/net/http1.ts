import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { type HttpHandler, type HttpRequest, type HttpResponse, parseTarget } from "./http.ts";

/** A server that listens nowhere: sockets are handed to it. */
export function createHttp1Server(scheme: HttpRequest["scheme"], handler: HttpHandler): Server {
  return createServer((message, response) => {
    serve(scheme, handler, message, response).catch((cause) => response.destroy(cause));
  });
}

async function serve(
  scheme: HttpRequest["scheme"],
  handler: HttpHandler,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const answer = await handler({
    ...parseTarget(message.url ?? "/"),
    method: message.method ?? "GET",
    headers: new Headers(Object.entries(message.headersDistinct).flatMap(pairs)),
    body: await buffer(message),
    httpVersion: "1.1",
    scheme,
    signal: gone.signal,
    drop: () => message.socket.resetAndDestroy(),
  });
  if (answer !== undefined) write(response, answer);
}

function pairs([name, values]: [string, string[] | undefined]): [string, string][] {
  return (values ?? []).map((value) => [name, value]);
}

function write(response: ServerResponse, { status, headers, body, trailers }: HttpResponse): void {
  response.statusCode = status;
  response.setHeaders(headers);
  if (trailers !== undefined) {
    response.setHeader("trailer", [...trailers.keys()]);
    response.write(body);
    response.addTrailers([...trailers]);
    response.end();
  } else {
    response.end(body);
  }
}
