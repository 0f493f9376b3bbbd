import { Code } from "@connectrpc/connect";
import { codeName } from "./code-name.ts";
import { diagnoses } from "./diagnoses.ts";
import type { KnownDetail } from "./error-detail.ts";
import type { ErrorJson } from "./error-json.ts";
import { toInit, ZitadelError, type ZitadelErrorInit } from "./zitadel-error.ts";

/**
 * Restores a {@link ZitadelError} from another thread or process; returns `undefined` for anything else, so that guards
 * work: `isNotFound(reviveError(value))`.
 *
 * - From the result of `toJSON()`, even if it was serialized: everything but the stack, the headers and unknown details.
 *   Prefer this form.
 * - From the `error` event of a `Worker`: everything but the headers.
 * - From a structured clone, which `structuredClone()`, `postMessage()` and worker pools make: the code, method, text,
 *   id, hint, stack and cause. V8 drops an error's other properties, so most of these are read from the message.
 */
export function reviveError(value: unknown): ZitadelError | undefined {
  if (value instanceof ZitadelError) return value;
  if (typeof value !== "object" || value === null) return undefined;
  if (isErrorJson(value)) return fromJson(value);
  if (!(value instanceof Error)) return undefined;
  const revived = hasProperties(value) ? fromProperties(value) : fromMessage(value);
  if (revived !== undefined && value.stack !== undefined) revived.stack = value.stack;
  return revived;
}

const CODES: ReadonlyMap<unknown, Code> = new Map(
  Object.values(Code).flatMap((code) => (typeof code === "number" ? [[codeName(code), code]] : [])),
);

function isErrorJson(value: object): value is ErrorJson {
  const { name, code, method, text, hint, origin } = value as Partial<ErrorJson>;
  return (
    (name === "ZitadelError" || name === "ListError") &&
    CODES.has(code) &&
    [method, text, hint, origin].every((part) => typeof part === "string")
  );
}

function fromJson({ name, code, text, requestId, details, ...facts }: ErrorJson): ZitadelError {
  return new ZitadelError({
    ...facts,
    kind: name,
    code: CODES.get(code) ?? Code.Unknown,
    message: text,
    metadata: responseHeaders(requestId),
    decodedDetails: details?.filter((detail): detail is KnownDetail => !("bytes" in detail)),
  });
}

/** Node passes on uncaught errors of a worker with their properties. */
function hasProperties(error: Error): error is ZitadelError {
  const { code, method, rawMessage, hint, origin } = error as Partial<ZitadelError>;
  return (
    typeof code === "number" && [method, rawMessage, hint, origin].every((part) => typeof part === "string")
  );
}

function fromProperties(error: ZitadelError): ZitadelError {
  return new ZitadelError({
    ...toInit(error),
    kind: readKind(error),
    metadata: responseHeaders(error.requestId),
  });
}

function fromMessage(clone: Error): ZitadelError | undefined {
  const [headline, codeText, method = ""] = /^\[(\w+)\] ([\w.]+\/\w+): /.exec(clone.message) ?? [];
  const code = CODES.get(codeText);
  if (headline === undefined || code === undefined) return undefined;
  const parts = splitMessage(clone.message.slice(headline.length), code);
  if (parts === undefined) return undefined;
  const { id, text: message } = parts;
  // Only Zitadel itself sends ids, each with a detail.
  const decodedDetails = id === undefined ? [] : [{ type: "zitadel.v1.ErrorDetail", id, message } as const];
  const { cause } = clone;
  return new ZitadelError({ ...parts, kind: readKind(clone), code, method, message, decodedDetails, cause });
}

type MessageParts = Pick<ZitadelErrorInit, "id" | "hint" | "origin" | "fault"> & { readonly text: string };

/** Splits `User could not be found (QUERY-Dfbg2). Check the id.` Text and hint may have several sentences. */
function splitMessage(message: string, code: Code): MessageParts | undefined {
  const [end, id] = / \(([A-Z][\w-]*-\w+)\)\. /.exec(message) ?? [];
  if (end !== undefined) {
    const [text = "", ...rest] = message.split(end);
    return { text, id, hint: rest.join(end), origin: "server" };
  }
  const row = diagnoses.find((known) => known.code === code && message.endsWith(`. ${known.hint}`));
  const length = row === undefined ? message.indexOf(". ") : message.length - row.hint.length - 2;
  if (length < 0) return undefined;
  return {
    text: message.slice(0, length),
    hint: message.slice(length + 2),
    origin: row?.origin ?? "transport",
    fault: row?.fault,
  };
}

function readKind({ stack }: Error): "ListError" | "ZitadelError" {
  return stack?.startsWith("ListError: ") === true ? "ListError" : "ZitadelError";
}

function responseHeaders(requestId: string | undefined): Headers | undefined {
  return requestId === undefined ? undefined : new Headers({ "x-request-id": requestId });
}
