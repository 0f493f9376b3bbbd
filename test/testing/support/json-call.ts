import type { JsonObject } from "@bufbuild/protobuf";
import { type RawResponse, send } from "./raw-http.ts";

export interface JsonResponse {
  readonly status: number;
  readonly body: JsonObject;
  /** The id in the error's detail, or the message of an error without details. */
  readonly id: string | undefined;
}

/** Calls an RPC over Connect with JSON, as curl would. `rpc` is for example `user.v2.UserService/ListUsers`. */
export async function callJson(
  origin: string,
  token: string | undefined,
  rpc: string,
  request: JsonObject = {},
): Promise<JsonResponse> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await send(origin, {
    httpVersion: "1.1",
    path: `/zitadel.${rpc}`,
    headers: { "content-type": "application/json", ...authorization },
    body: JSON.stringify(request),
  });
  return { status: response.status, ...parse(response) };
}

/** Sends a request to the token endpoint. */
export async function askToken(
  origin: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: JsonObject }> {
  const response = await send(origin, {
    httpVersion: "1.1",
    path: "/oauth/v2/token",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body: new URLSearchParams(form).toString(),
  });
  return { status: response.status, body: parse(response).body };
}

function parse({ body: bytes }: RawResponse): Omit<JsonResponse, "status"> {
  const body = JSON.parse(bytes.toString()) as JsonObject;
  const details = body["details"] as { debug?: { id: string } }[] | undefined;
  const id = Array.isArray(details) ? details[0]?.debug?.id : undefined;
  return { body, id: id ?? (body["message"] as string | undefined) };
}
