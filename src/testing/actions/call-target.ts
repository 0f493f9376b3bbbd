import { createPublicKey } from "node:crypto";
import { Code, type ConnectError } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import type { Target } from "../state/model/target.ts";
import { sendWebhook, type WebhookDelivery } from "../webhooks.ts";

/** The context of calls to targets. */
export interface TargetCalls {
  /** The time to put in signatures, in milliseconds since the epoch. */
  now(): number;
  /** The key that signs `jwt` and `jwe` payloads. */
  webKey(): WebhookDelivery["webKey"];
  /** Ends pending calls when the emulator closes. */
  readonly closed: AbortSignal;
}

/**
 * Calls the targets of an execution one after another, as the server does. `onResponse` applies the content of a
 * response, and throws if that fails. Throws if a target with `interruptOnError` fails or refuses.
 */
export async function callTargets(
  targets: readonly Target[],
  toContent: () => object,
  onResponse: (body: string) => void,
  calls: TargetCalls,
): Promise<void> {
  for (const target of targets) {
    try {
      if (target.kind === "restAsync") {
        void callTarget(target, toContent(), calls).catch(() => {});
        continue;
      }
      const body = await callTarget(target, toContent(), calls);
      if (target.kind === "restCall" && body !== "") onResponse(body);
    } catch (error) {
      // The server only logs errors of other targets.
      if (target.interruptOnError) throw error;
    }
  }
}

/** Calls a target. Returns the body of the response. Throws the error that the caller of the RPC gets. */
async function callTarget(target: Target, content: object, calls: TargetCalls): Promise<string> {
  const { now, closed, webKey } = calls;
  const { endpoint, signingKey, timeoutMs, payload } = target;
  const packing = { payload, webKey: webKey(), encryptionKey: findEncryptionKey(target) };
  const late = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([late, closed]);
  let response: Response;
  let body: string;
  try {
    const send: typeof fetch = (url, init) => fetch(url, { ...init, signal });
    response = await sendWebhook(endpoint, { content, signingKey, at: now(), ...packing }, { fetch: send });
    body = await response.text();
  } catch {
    throw zitadelError(
      Code.Unknown,
      "",
      `Post "${endpoint}": ${late.aborted ? "context deadline exceeded" : "EOF"}`,
    );
  }
  if (!response.ok) throw zitadelError(Code.FailedPrecondition, "EXEC-dra6yamk98", "Execution failed");
  const refusal = parseRefusal(body);
  if (refusal !== undefined) throw refusal;
  return body;
}

/** Finds the active key for encrypted payloads. Throws if there is none. */
function findEncryptionKey({ payload, publicKeys }: Target): WebhookDelivery["encryptionKey"] {
  if (payload !== "jwe") return undefined;
  const key = [...publicKeys.values()].find(({ active }) => active);
  if (key === undefined) {
    throw zitadelError(Code.Internal, "EXEC-2n8fhs7g", "No encryption key found for target");
  }
  return { id: key.id, publicKey: createPublicKey(Buffer.from(key.publicKey)) };
}

/** The gRPC codes for the HTTP statuses of refusals. All other statuses become UNKNOWN. */
const CODES: Readonly<Record<number, Code>> = {
  400: Code.InvalidArgument,
  401: Code.Unauthenticated,
  403: Code.PermissionDenied,
  404: Code.NotFound,
  409: Code.AlreadyExists,
  429: Code.ResourceExhausted,
};

function parseRefusal(body: string): ConnectError | undefined {
  const { forwardedStatusCode: status = 0, forwardedErrorMessage: message = "" } = parseObject(body);
  if (typeof status !== "number" || typeof message !== "string") return undefined;
  if (status === 0 && message === "") return undefined;
  return status >= 400 && status < 500
    ? zitadelError(CODES[status] ?? Code.Unknown, "EXEC-reUaUZCzCp", message)
    : zitadelError(Code.FailedPrecondition, "EXEC-bmhNhpcqpF", message);
}

function parseObject(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
