import { codeName } from "../errors/code-name.ts";
import type { ZitadelError } from "../errors/zitadel-error.ts";
import { createMessage } from "../input/create-message.ts";
import { InputProblem } from "../input/input-problem.ts";
import type { CallObserver, FinishedCall, StartedCall } from "../observation/call-observer.ts";
import type { Log } from "./log.ts";
import type { LogFields, LogLevel } from "./logger.ts";
import { redactedBody } from "./redacted-body.ts";
import { isTrouble } from "./severity.ts";

/** Writes a line for each call when it ends. `bodies` adds requests and responses, without their secrets. */
export function callLog(log: Log, { bodies }: { readonly bodies: boolean }): CallObserver {
  return {
    begin(started) {
      if (!log.isEnabled("call", "debug") && !log.isEnabled("call", "warn")) return undefined;
      return {
        end(finished) {
          const level = toLevel(finished);
          if (!log.isEnabled("call", level)) return;
          const fields = { ...toFields(started, finished), ...(bodies ? toBodies(started, finished) : {}) };
          log.write("call", level, formatLine(started, finished), fields);
        },
      };
    },
  };
}

/** Refusals may be expected, and are for the program to handle; failures are for people. */
function toLevel({ error }: FinishedCall): LogLevel {
  if (error === undefined) return "debug";
  return isTrouble(error) ? "warn" : "info";
}

function formatLine(started: StartedCall, finished: FinishedCall): string {
  const { error, attempts, durationMs, requestId } = finished;
  const status = error === undefined ? "ok" : codeName(error.code);
  const facts = [
    finished.protocol ?? started.protocol,
    attempts === 1 ? "1 attempt" : `${attempts} attempts`,
    ...(requestId === undefined ? [] : [`request ${requestId}`]),
  ].join(", ");
  const id = error?.id === undefined ? "" : ` (${error.id})`;
  const reason = error === undefined ? "" : `: ${error.rawMessage}${id}. ${error.hint}`;
  return `${started.method} ${status} in ${durationMs.toFixed(1)} ms (${facts})${reason}`;
}

function toFields(started: StartedCall, finished: FinishedCall): LogFields {
  const { error, attempts, durationMs, requestId } = finished;
  return {
    method: started.method,
    protocol: finished.protocol ?? started.protocol,
    attempts,
    status: error === undefined ? "ok" : codeName(error.code),
    durationMs: Math.round(durationMs * 10) / 10,
    ...(requestId === undefined ? {} : { requestId }),
    ...(error === undefined ? {} : failureFields(error)),
  };
}

function failureFields({ origin, fault, unprocessed, retryable, id }: ZitadelError): LogFields {
  return {
    origin,
    ...(fault === undefined ? {} : { fault }),
    unprocessed,
    retryable,
    ...(id === undefined ? {} : { errorId: id }),
  };
}

function toBodies({ descriptor, request }: StartedCall, { response }: FinishedCall): LogFields {
  const message = createMessage(descriptor.input, request);
  return {
    // An invalid request was never sent: the call's error says why.
    ...(message instanceof InputProblem ? {} : { request: redactedBody(descriptor.input, message) }),
    ...(response === undefined ? {} : { response: redactedBody(descriptor.output, response) }),
  };
}
