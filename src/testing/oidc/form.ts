import { type HttpRequest, type HttpResponse, respond, respondEmpty } from "../net/http.ts";
import { OAuthError, toOAuthError } from "./oauth-error.ts";

/** Reads the parameters of a request, including those of the query. A body that is not a form has none. */
export function parseForm({ headers, body, query }: HttpRequest): URLSearchParams {
  const form = new URLSearchParams(query);
  if (/^application\/x-www-form-urlencoded/i.test(headers.get("content-type") ?? "")) {
    const sent = new URLSearchParams(Buffer.from(body).toString("utf8"));
    for (const name of new Set(sent.keys())) form.delete(name);
    for (const [name, value] of sent) form.append(name, value);
  }
  return form;
}

/** A JSON response, with a trailing newline as on the OAuth endpoints. */
export function respondOauth(status: number, value: object): HttpResponse {
  return respond(status, "application/json", `${JSON.stringify(value)}\n`);
}

/** A successful response without a body. */
export function respondDone(): HttpResponse {
  return respondEmpty(200, { "content-type": "application/json" });
}

/** Redirects the browser. */
export function redirectTo(location: string): HttpResponse {
  const text = location.replaceAll("&", "&amp;").replaceAll('"', "&#34;");
  return respond(302, "text/html; charset=utf-8", `<a href="${text}">Found</a>.\n\n`, { location });
}

/** Returns the response of `makeResponse`, or an OAuth error response if it throws one. */
export async function respondOrFail(
  makeResponse: () => HttpResponse | Promise<HttpResponse>,
): Promise<HttpResponse> {
  try {
    return await makeResponse();
  } catch (cause) {
    const error = toOAuthError(cause);
    if (!(error instanceof OAuthError)) throw error;
    const description = error.message === "" ? {} : { error_description: error.message };
    return respondOauth(error.status, { error: error.error, ...description });
  }
}
