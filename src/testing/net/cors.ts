import { type HttpRequest, type HttpResponse, respondEmpty } from "./http.ts";

const METHODS: readonly string[] = ["OPTIONS", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const HEADERS: readonly string[] = [
  "origin",
  "content-type",
  "accept",
  "accept-language",
  "authorization",
  "x-zitadel-orgid",
  "x-user-agent",
  "x-grpc-web",
  "x-requested-with",
  "connect-protocol-version",
  "connect-timeout-ms",
  "grpc-timeout",
];
const EXPOSED = "Location, Content-Length";
const EXPOSED_BY_RPCS = `${EXPOSED}, Grpc-Status, Grpc-Message, Grpc-Status-Details-Bin`;

/** Creates the response to a CORS preflight request; undefined for any other request. */
export function respondPreflight({ method, headers }: HttpRequest): HttpResponse | undefined {
  const wanted = headers.get("access-control-request-method");
  if (method !== "OPTIONS" || wanted === null) return undefined;
  const response = respondEmpty(204, {
    vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
  });
  const origin = headers.get("origin");
  const names = headers.get("access-control-request-headers") ?? "";
  const isKnown = names.split(",").every((name) => ["", ...HEADERS].includes(name.trim().toLowerCase()));
  if (origin === null || !METHODS.includes(wanted) || !isKnown) return response;
  allow(response, origin);
  response.headers.set("access-control-allow-methods", wanted);
  if (names !== "") response.headers.set("access-control-allow-headers", names);
  return response;
}

/** Lets a page of any origin read a response. */
export function allowOrigin({ headers }: HttpRequest, response: HttpResponse, isRpc: boolean): void {
  response.headers.append("vary", "Origin");
  const origin = headers.get("origin");
  if (origin === null) return;
  allow(response, origin);
  response.headers.set("access-control-expose-headers", isRpc ? EXPOSED_BY_RPCS : EXPOSED);
}

function allow({ headers }: HttpResponse, origin: string): void {
  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-allow-credentials", "true");
}
