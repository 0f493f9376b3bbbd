import { type HttpRequest, type HttpResponse, respond } from "../net/http.ts";
import { OAuthError } from "./oauth-error.ts";

/** The parameters of a request. Those in the query count as well; a body of another type has none. */
export function parseForm({ headers, body, query }: HttpRequest): URLSearchParams {
  const form = new URLSearchParams(query);
  if (/^application\/x-www-form-urlencoded/i.test(headers.get("content-type") ?? "")) {
    for (const [name, value] of new URLSearchParams(Buffer.from(body).toString("utf8")))
      form.set(name, value);
  }
  return form;
}

/** A JSON document as the endpoints of OAuth end it. */
export function respondOauth(status: number, value: object): HttpResponse {
  return respond(status, "application/json", `${JSON.stringify(value)}\n`);
}

/** What `respond` returns, or the response for the OAuthError that it throws. */
export async function oauthResponse(makeResponse: () => Promise<HttpResponse>): Promise<HttpResponse> {
  try {
    return await makeResponse();
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const description = error.message === "" ? {} : { error_description: error.message };
    return respondOauth(error.status, { error: error.error, ...description });
  }
}
