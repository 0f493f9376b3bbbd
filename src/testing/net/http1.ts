import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { cutSocket } from "./cut-socket.ts";
import { type HttpHandler, type HttpRequest, type HttpResponse, parseTarget } from "./http.ts";
import { readBody } from "./read-body.ts";

/** Creates a server for the sockets that are passed to it. */
export function createHttp1Server(
  scheme: HttpRequest["scheme"],
  handler: HttpHandler,
): (socket: Socket) => void {
  const server = createServer((message, response) => {
    serve(scheme, handler, message, response).catch((cause) => response.destroy(cause));
  });
  return (socket) => {
    server.emit("connection", socket);
  };
}

async function serve(
  scheme: HttpRequest["scheme"],
  handler: HttpHandler,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  const result = await handler({
    ...parseTarget(message.url ?? "/"),
    method: message.method ?? "GET",
    headers: new Headers(Object.entries(message.headersDistinct).flatMap(toPairs)),
    body: await readBody(message),
    httpVersion: "1.1",
    scheme,
    signal: gone.signal,
    drop: () => cutSocket(message.socket),
  });
  if (result !== undefined) write(response, result);
}

function toPairs([name, values]: [string, string[] | undefined]): [string, string][] {
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
