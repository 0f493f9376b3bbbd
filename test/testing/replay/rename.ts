import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { Step } from "./recording.ts";

/** Names and ids that this run chooses end with it, since those of other runs exist. */
export const run = Date.now().toString(36);

/** An id that does not exist: calls about unknown users leave events at the id that they name. */
const UNKNOWN_USER = String(Date.now());

/** Renames names and ids that a flow chooses, and the domains derived from them. */
export function findNames(steps: readonly Step[], domain: string): Map<string, string> {
  const names = new Map<string, string>();
  const visit = (value: unknown, key: string): void => {
    if (typeof value === "string" && isOwnName(key, value)) {
      const own = value.replace(/\s*$/, (end) => `-${run}${end}`);
      names.set(value, own).set(value.trim(), own.trim());
      names.set(toDomain(value, "localhost"), toDomain(own, domain));
    }
    if (typeof value !== "object" || value === null) return;
    for (const [name, item] of Object.entries(value)) visit(item, Array.isArray(value) ? key : name);
  };
  // What is searched for may be a part of a name.
  for (const { rpc = "", request } of steps) if (!/\/(Get|List|Search)/.test(rpc)) visit(request, "");
  return names;
}

function isOwnName(key: string, value: string): boolean {
  if (/^(username|userName|name)$/.test(key)) return /^[^<@]{3,}$/.test(value) && value.trim() !== "";
  return /^(id|userId|projectId|orgId|organizationId)$/.test(key) && /^[a-z][\w-]+$/.test(value);
}

/** The domain that an organization gets for its name. */
export function toDomain(name: string, domain: string): string {
  const label = name
    .toLowerCase()
    .replaceAll(" ", "-")
    .replaceAll(/[^a-z\d-]/g, "");
  return `${label}.${domain}`;
}

export function renameStep(
  { http, request, response, ...step }: Step,
  names: ReadonlyMap<string, string>,
): Step {
  const path = http?.replaceAll(/(?<=\/|[?&]userName=)[^/?&=]+/g, (part) => renameText(part, names));
  return {
    ...step,
    ...(path === undefined ? {} : { http: path }),
    ...(request === undefined ? {} : { request: renameAll(withUnknownUser(request), names) }),
    ...(response === undefined ? {} : { response: renameAll(response, names) }),
  };
}

function withUnknownUser(request: JsonValue): JsonValue {
  if (typeof request !== "object" || request === null || Array.isArray(request)) return request;
  return request["userId"] === "1" ? { ...request, userId: UNKNOWN_USER } : request;
}

function renameAll<T extends JsonValue>(value: T, names: ReadonlyMap<string, string>): T {
  // Strings stay strings, and so on.
  if (typeof value === "string") return renameText(value, names) as T;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => renameAll(item, names)) as T;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]): [string, JsonValue] => {
      // What a security key is registered for is called ZITADEL, whatever organizations are called.
      if (key === "rp") return [key, item];
      return [key, renamePart(value, key, item) ?? renameAll(item, names)];
    }),
  ) as T;
}

/** What is searched for as a part of names, which end differently. */
function renamePart({ method }: JsonObject, key: string, value: JsonValue): JsonValue | undefined {
  if (typeof method !== "string" || !/^(userName|name)$/.test(key) || value === "") return undefined;
  if (/CONTAINS|STARTS_WITH/.test(method)) return value;
  return method.includes("ENDS_WITH") ? `${value}-${run}` : undefined;
}

/** Login names are found in any case. */
function renameText(text: string, names: ReadonlyMap<string, string>): string {
  const renamed = names.get(text);
  if (renamed !== undefined) return renamed;
  const [, local = "", domain = ""] = /^(.+)@([^@]+)$/.exec(text) ?? [];
  if (domain !== "") return `${renameText(local, names)}@${names.get(domain) ?? domain}`;
  const other = [...names.keys()].find((name) => name.toLowerCase() === text.toLowerCase());
  return names.get(other ?? "") === `${other}-${run}` ? `${text}-${run}` : text;
}

/** The same for credentials, which contain a name. */
export function renameWithin(text: string, names: ReadonlyMap<string, string>): string {
  const [id = "", ...rest] = text.split(":");
  return [renameText(id, names), ...rest].join(":");
}
