import { formEncode } from "../../shared/redact.ts";
import { AuthError, type AuthErrorCode } from "../auth-error.ts";
import type { Hints } from "./response-error.ts";

/** Form parameters; an array repeats the parameter. */
export type TokenParameters = Readonly<Record<string, string | readonly string[]>>;

/** One request to the token endpoint (RFC 6749 section 3.2). */
export interface TokenRequest {
  readonly parameters: TokenParameters;
  /** The value of the Authorization header. */
  readonly authorization?: string | undefined;
  /** Secrets that no error may contain, in addition to assertions and tokens among the parameters. Default: none. */
  readonly secrets?: readonly string[] | undefined;
  readonly hints?: Hints | undefined;
}

/** All secrets in a request, which no error may contain. */
export function secretsIn({ parameters, secrets = [] }: TokenRequest): string[] {
  const sent = Object.entries(parameters).flatMap(([name, value]) =>
    /(assertion|token)$/.test(name) ? value : [],
  );
  return [...secrets, ...sent];
}

/** Encodes the body of a request. */
export function toForm({ parameters }: TokenRequest): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of [value].flat()) form.append(name, each);
  }
  return form.toString();
}

/** Whether the user or client authenticates with an assertion. */
export function hasAssertion({ parameters }: TokenRequest): boolean {
  return "assertion" in parameters || "client_assertion" in parameters;
}

/**
 * Whether an assertion was refused. The response is the same for a wrong signature, audience or time; Zitadel 4.10 reports
 * it as a server error.
 */
export function isRefusedAssertion(
  error: unknown,
  request: TokenRequest,
  refusals: readonly AuthErrorCode[],
): error is AuthError {
  if (!(error instanceof AuthError) || !hasAssertion(request)) return false;
  const { code, oauthError } = error;
  return refusals.includes(code) || (code === "server_error" && oauthError !== undefined);
}

/** Whether the response does not come from a token endpoint. */
export function isElsewhere(error: unknown): error is AuthError {
  if (!(error instanceof AuthError) || error.code === "unknown_instance") return false;
  return error.code === "bad_response" || error.status === 404 || error.status === 405;
}

/** HTTP Basic for a client, with each part form-urlencoded first (RFC 6749 section 2.3.1), and its secrets. */
export function basicAuthorization(
  clientId: string,
  clientSecret: string,
): { readonly authorization: string; readonly secrets: readonly string[] } {
  const encoded = Buffer.from(`${formEncode(clientId)}:${formEncode(clientSecret)}`).toString("base64");
  return { authorization: `Basic ${encoded}`, secrets: [clientSecret, encoded] };
}
