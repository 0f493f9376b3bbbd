import { randomBytes } from "node:crypto";
import { type HttpRequest, type HttpResponse, respond, respondJson, respondText } from "../net/http.ts";
import type { Store } from "../state/model/store.ts";
import { expireIssuedTokens, revokeIssuedTokens } from "../state/tokens.ts";
import type { Exchanges } from "./exchanges.ts";
import { renderPage } from "./html.ts";
import { PAGE } from "./path.ts";
import { viewExchange, viewObjects } from "./view.ts";

/** The context of the page. */
export interface PageContext {
  readonly store: Store;
  readonly exchanges: Exchanges;
  /** Advances the emulator's clock. */
  advanceClock(ms: number): void;
  /** Makes the next request fail with status 503. */
  failNext(): void;
  cutConnections(): void;
  reset(): void;
}

/** Serves the page, but only to itself. */
export function servePage(context: PageContext, request: HttpRequest): HttpResponse {
  const problem = findForeignRequest(request);
  if (problem !== undefined) return respondText(403, problem);
  switch (`${request.method} ${request.path}`) {
    case `GET ${PAGE}`:
      return servePageHtml();
    case `GET ${PAGE}/data`:
      return forbidCaching(respondJson(200, toData(context)));
    case `POST ${PAGE}/actions`:
      return runAction(context, request);
    default:
      return respondText(404, "The page of the emulator has no such path");
  }
}

/**
 * Finds requests that another site sends through the browser of the emulator's user, with a host name that resolves to
 * this machine (DNS rebinding) or across origins. Returns the problem.
 */
function findForeignRequest({ headers, scheme }: HttpRequest): string | undefined {
  const host = headers.get("host") ?? headers.get(":authority") ?? "";
  if (!/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host)) return "The page is for localhost only";
  const origin = headers.get("origin");
  if (origin !== null && origin !== `${scheme}://${host}`)
    return "The page accepts no requests from other origins";
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none")
    return "The page accepts no requests from other sites";
  return undefined;
}

function servePageHtml(): HttpResponse {
  const nonce = randomBytes(16).toString("base64");
  const policy = `default-src 'none'; connect-src 'self'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return forbidCaching(
    respond(200, "text/html; charset=utf-8", renderPage(nonce), {
      "content-security-policy": policy,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    }),
  );
}

function forbidCaching(response: HttpResponse): HttpResponse {
  response.headers.set("cache-control", "no-store");
  return response;
}

function toData({ store, exchanges }: PageContext): object {
  const latest = exchanges.latest().map((exchange) => viewExchange(store, exchange));
  return { now: store.now(), exchanges: latest, objects: viewObjects(store) };
}

const ACTIONS: Readonly<Record<string, (context: PageContext) => void>> = {
  expireTokens: ({ store }) => expireIssuedTokens(store),
  revokeTokens: ({ store }) => revokeIssuedTokens(store),
  advanceHour: ({ advanceClock }) => advanceClock(3_600_000),
  advanceDay: ({ advanceClock }) => advanceClock(86_400_000),
  failNext: ({ failNext }) => failNext(),
  // Wait until the response has been sent.
  cutConnections: ({ cutConnections }) => void setTimeout(cutConnections, 50),
  reset: ({ reset }) => reset(),
  forget: ({ exchanges }) => exchanges.clear(),
};

/** Parses the name of an action. Undefined if there is none. */
function parseAction(text: string): string | undefined {
  try {
    const { action } = JSON.parse(text) as { action?: string };
    return Object.keys(ACTIONS).find((name) => name === action);
  } catch {
    return undefined;
  }
}

/** Runs an action. The request must be JSON, which a form on another site cannot send. */
function runAction(context: PageContext, { headers, body }: HttpRequest): HttpResponse {
  if (headers.get("content-type") !== "application/json") return respondText(415, "Actions are JSON");
  const run = ACTIONS[parseAction(Buffer.from(body).toString()) ?? ""];
  if (run === undefined) return respondText(400, "There is no such action");
  run(context);
  return respondJson(200, {});
}
