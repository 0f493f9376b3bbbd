import { requireBytes } from "./body.ts";
import { type Receiver, receive } from "./receive.ts";
import { SIGNATURE_HEADER } from "./signature.ts";

/**
 * The event of an AWS Lambda behind an API Gateway (payload format 1.0 or 2.0), a function URL or a load balancer: the
 * parts that are used.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export interface LambdaEvent {
  readonly headers?: Readonly<Record<string, string | undefined>> | null | undefined;
  /** Replaces `headers` if the load balancer is configured that way. */
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null | undefined;
  readonly body?: string | null | undefined;
  readonly isBase64Encoded?: boolean | undefined;
  /** In format 1.0, and from a load balancer. */
  readonly httpMethod?: string | undefined;
  /** In format 2.0, and from a function URL. */
  readonly requestContext?: { readonly http?: { readonly method: string } | undefined } | undefined;
}

/** The result of an AWS Lambda, for any of these in front of it. */
export interface LambdaResult {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded: false;
}

/** Handles the event of an AWS Lambda. */
export async function handleLambda(event: LambdaEvent, receiver: Receiver): Promise<LambdaResult> {
  const { body, isBase64Encoded = false } = event;
  const {
    status,
    headers,
    body: text = "",
  } = await receive(
    {
      method: event.requestContext?.http?.method ?? event.httpMethod,
      contentType: findHeader(event, "content-type"),
      signature: findHeader(event, SIGNATURE_HEADER),
      readBody: () =>
        requireBytes(
          isBase64Encoded && typeof body === "string" ? Buffer.from(body, "base64") : (body ?? ""),
          receiver.maxBodyBytes,
        ),
    },
    receiver,
  );
  return { statusCode: status, headers: { ...headers }, body: text, isBase64Encoded: false };
}

/** Format 1.0 keeps the case of header names; the others use lower case. */
function findHeader({ headers, multiValueHeaders }: LambdaEvent, name: string): string | undefined {
  const all = { ...multiValueHeaders, ...headers };
  const values = Object.entries(all).flatMap(([key, value]) => (key.toLowerCase() === name ? [value] : []));
  return values[0]?.toString();
}
