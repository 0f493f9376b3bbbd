import { createPrivateKey } from "node:crypto";
import { fromJson, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { SignJWT } from "jose";
import { createServiceRegistry, findMethod } from "../../../src/testing/rpc/service-registry.ts";
import { type RawResponse, send } from "../support/raw-http.ts";
import type { Placeholders } from "./placeholders.ts";
import type { Step, StepCaller } from "./recording.ts";

/** Where a step is played, and by whom. */
export interface Stage {
  readonly url: string;
  /** For steps over gRPC. */
  readonly grpc: Transport;
  readonly tokens: Readonly<Partial<Record<StepCaller, string>>>;
  readonly placeholders: Placeholders;
  /** The key file of each user's key that was created in the flow, by the key's id. */
  readonly keyFiles: Map<string, string>;
  /** `client_id:client_secret` of a step whose recording hides them. */
  readonly credentials?: ((step: Step) => string) | undefined;
}

/** The response, in the format of a recording. */
interface Outcome {
  readonly status: number;
  readonly code?: string | undefined;
  readonly errorId?: string | undefined;
  readonly message?: string | undefined;
  readonly headers?: Headers | undefined;
  readonly response?: JsonValue | undefined;
}

/** Plays a step. Returns where the response differs from the recorded one. */
export async function play(stage: Stage, step: Step): Promise<string[]> {
  const outcome = await ask(stage, step);
  noteKey(stage, outcome);
  const { placeholders } = stage;
  const failed = step.rpc !== undefined && step.status !== (step.protocol === "grpc" ? 0 : 200);
  return [
    ...placeholders.compare(outcome.status, step.status, "status"),
    ...(step.rpc === undefined ? [] : placeholders.compare(outcome.code, step.code, "code")),
    ...(step.rpc === undefined ? [] : placeholders.compare(outcome.errorId, step.errorId, "errorId")),
    ...(step.rpc === undefined ? [] : placeholders.compare(outcome.message, step.message, "message")),
    ...Object.entries(step.headers ?? {}).flatMap(([name, value]) =>
      placeholders.compare(outcome.headers?.get(name) ?? undefined, value, `header ${name}`),
    ),
    ...(failed ? [] : placeholders.compare(outcome.response, step.response, "response")),
  ];
}

async function ask(stage: Stage, step: Step): Promise<Outcome> {
  if (step.rpc === undefined) return await askHttp(stage, step);
  return step.protocol === "grpc"
    ? await askGrpc(stage, step, step.rpc)
    : await askConnect(stage, step, step.rpc);
}

async function askHttp(stage: Stage, step: Step): Promise<Outcome> {
  const [method = "GET", path = "/"] = (step.http ?? "").split(" ");
  const filled = await signAll(stage, stage.placeholders.fill(step.request ?? null));
  const isForm = path.startsWith("/oauth/");
  const body =
    filled === null
      ? undefined
      : typeof filled === "string"
        ? filled
        : isForm
          ? form(filled)
          : JSON.stringify(filled);
  const headers = makeHeaders(stage, step);
  if (body !== undefined && headers["content-type"] === undefined) {
    headers["content-type"] = isForm ? "application/x-www-form-urlencoded" : "application/json";
  }
  const response = await send(stage.url, {
    httpVersion: "1.1",
    method,
    path: stage.placeholders.fillText(path),
    headers,
    body,
  });
  return { status: response.status, headers: response.headers, response: parse(response) };
}

/** Replaces metadata that a recording does not show. */
const SAML_METADATA = Buffer.from(
  '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sp.example"/>',
).toString("base64");

async function askConnect(stage: Stage, step: Step, rpc: string): Promise<Outcome> {
  const response = await send(stage.url, {
    httpVersion: "1.1",
    path: `/${rpc}`,
    headers: { "content-type": "application/json", ...makeHeaders(stage, step) },
    body: JSON.stringify(stage.placeholders.fill(step.request ?? {}), (name, value) =>
      name === "metadataXml" && value === "<…>" ? SAML_METADATA : value,
    ),
  });
  const body = parse(response);
  if (response.status === 200) return { status: 200, response: body };
  const { code, message, details } = (typeof body === "object" && body !== null ? body : {}) as {
    code?: string;
    message?: string;
    details?: { debug?: { id?: string } }[];
  };
  return {
    status: response.status,
    code,
    message,
    errorId: details?.find((one) => one.debug?.id)?.debug?.id,
  };
}

const registry = createServiceRegistry();

async function askGrpc(stage: Stage, step: Step, rpc: string): Promise<Outcome> {
  const [service = "", name = ""] = rpc.split("/");
  const method = findMethod(await registry.find(service), name);
  if (method === undefined) return { status: Code.Unimplemented, message: `${rpc} is not in the pin` };
  const filled = stage.placeholders.fill(step.request ?? {});
  try {
    const input = fromJson(method.input, filled, { ignoreUnknownFields: true });
    const { message } = await stage.grpc.unary(method, undefined, undefined, makeHeaders(stage, step), input);
    return { status: 0, response: toJson(method.output, message) };
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error);
    const errorId = /\(([A-Za-z0-9]+-[A-Za-z0-9]+)\)$/.exec(rawMessage)?.[1];
    return { status: code, code: codeName(code), message: rawMessage, errorId };
  }
}

function codeName(code: Code): string {
  return (Code[code] ?? "").replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

function makeHeaders(stage: Stage, step: Step): Record<string, string> {
  const { placeholders } = stage;
  const token =
    step.caller === "bearer" ? placeholders.fillText(step.bearer ?? "") : stage.tokens[step.caller];
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  if (step.organization !== undefined) headers["x-zitadel-orgid"] = placeholders.fillText(step.organization);
  for (const [name, value] of Object.entries(step.requestHeaders ?? {}))
    headers[name] = placeholders.fillText(value);
  if (headers["authorization"]?.includes("<credentials>")) {
    const credentials = placeholders.fillText(stage.credentials?.(step) ?? "");
    headers["authorization"] = headers["authorization"].startsWith("Basic")
      ? `Basic ${Buffer.from(credentials).toString("base64")}`
      : `Bearer ${credentials}`;
  }
  return headers;
}

/** The file of a key contains what signs its assertions. */
function noteKey({ keyFiles }: Stage, { response }: Outcome): void {
  const {
    keyId,
    keyContent,
    keyDetails = keyContent,
  } = (typeof response === "object" && response !== null ? response : {}) as JsonObject;
  if (typeof keyId !== "string" || typeof keyDetails !== "string") return;
  keyFiles.set(keyId, Buffer.from(keyDetails, "base64").toString());
}

/** Recordings contain the header and the claims of an assertion. */
async function signAll({ keyFiles }: Stage, request: JsonValue): Promise<JsonValue> {
  if (typeof request !== "object" || request === null || Array.isArray(request)) return request;
  const entries = Object.entries(request).map(async ([key, value]): Promise<[string, JsonValue]> => {
    const { jwt } = (value ?? {}) as { jwt?: { header: { alg: string; kid: string }; claims: JsonObject } };
    if (jwt === undefined) return [key, value];
    const file = keyFiles.get(jwt.header.kid) ?? [...keyFiles.values()].at(-1) ?? "{}";
    const { key: pem } = JSON.parse(file) as { key: string };
    return [
      key,
      await new SignJWT(parseTimes(jwt.claims)).setProtectedHeader(jwt.header).sign(createPrivateKey(pem)),
    ];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** `now+60s` is a minute from now. */
function parseTimes(claims: JsonObject): JsonObject {
  const now = Math.floor(Date.now() / 1000);
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => {
      const offset = typeof value === "string" ? /^now([+-]\d+)s$/.exec(value)?.[1] : undefined;
      return [name, offset === undefined ? value : now + Number(offset)];
    }),
  );
}

function form(fields: JsonValue): string {
  const entries = Object.entries((fields ?? {}) as JsonObject).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, String(one)]),
  );
  return new URLSearchParams(entries).toString();
}

function parse({ body }: RawResponse): JsonValue {
  const text = body.toString();
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
