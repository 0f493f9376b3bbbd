import { type HttpRequest, type HttpResponse, respond, respondEmpty } from "../net/http.ts";
import { OAuthError, toOAuthError } from "./oauth-error.ts";

/** The parameters of a request. Those in the query count as well; a body of another type has none. */
export function parseForm({ headers, body, query }: HttpRequest): URLSearchParams {
  const form = new URLSearchParams(query);
  if (/^application\/x-www-form-urlencoded/i.test(headers.get("content-type") ?? "")) {
    const sent = new URLSearchParams(Buffer.from(body).toString("utf8"));
    for (const name of new Set(sent.keys())) form.delete(name);
    for (const [name, value] of sent) form.append(name, value);
  }
  return form;
}

/** A JSON document with the trailing newline of the OAuth endpoints. */
export function respondOauth(status: number, value: object): HttpResponse {
  return respond(status, "application/json", `${JSON.stringify(value)}\n`);
}

/** Success, without a body. */
export function respondDone(): HttpResponse {
  return respondEmpty(200, { "content-type": "application/json" });
}

/** Sends the browser to another place. */
export function redirectTo(location: string): HttpResponse {
  const text = location.replaceAll("&", "&amp;").replaceAll('"', "&#34;");
  return respond(302, "text/html; charset=utf-8", `<a href="${text}">Found</a>.\n\n`, { location });
}

/** The response of `makeResponse`, or one for the error that it throws. */
export async function oauthResponse(
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
