import type { DescMethodUnary, DescService } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { messageOption } from "../../descriptor/option-fields.ts";

/** The REST binding of an RPC: the option `google.api.http` of its descriptor. */
export interface HttpRule {
  readonly httpMethod: string;
  readonly pattern: RegExp;
  /** The request fields in the path, in the order of the groups of `pattern`. */
  readonly variables: readonly string[];
  /** The field in the body, or `*` for the whole request. Empty: no body. */
  readonly body: string;
  readonly method: DescMethodUnary;
}

/** The number of the extension in google/api/annotations.proto. */
const HTTP = 72_295_728;

/** The field numbers of google.api.HttpRule. */
const METHODS: Readonly<Record<number, string>> = { 2: "GET", 3: "PUT", 4: "POST", 5: "DELETE", 6: "PATCH" };
const BODY = 7;
const ADDITIONAL = 11;

/** The paths of v1 services begin with the service's name. */
const PREFIXES: Readonly<Record<string, string>> = {
  "zitadel.admin.v1.AdminService": "/admin/v1",
  "zitadel.auth.v1.AuthService": "/auth/v1",
  "zitadel.management.v1.ManagementService": "/management/v1",
  "zitadel.system.v1.SystemService": "/system/v1",
};

/** Finds the v1 service that a path belongs to, if any, so that the others need not be loaded. */
export function findPrefixedService(path: string): string | undefined {
  return Object.keys(PREFIXES).find((typeName) => path.startsWith(`${PREFIXES[typeName]}/`));
}

/** Reads the rules of a service. Those declared later come first, since they take precedence. */
export function readHttpRules(service: DescService): HttpRule[] {
  const prefix = PREFIXES[service.typeName] ?? "";
  const rules = service.methods.flatMap((method) => {
    const option = messageOption(method.proto.options, HTTP);
    if (option === undefined || method.methodKind !== "unary") return [];
    return readRules(option).map(({ httpMethod, path, body }) => ({
      httpMethod,
      body,
      method: method as DescMethodUnary,
      ...compile(prefix + path),
    }));
  });
  return rules.reverse();
}

interface RawRule {
  readonly httpMethod: string;
  readonly path: string;
  readonly body: string;
}

function readRules(option: Uint8Array): RawRule[] {
  const reader = new BinaryReader(option);
  const rules: RawRule[] = [];
  let [httpMethod, path, body] = ["", "", ""];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (type !== WireType.LengthDelimited) reader.skip(type);
    else if (field === ADDITIONAL) rules.push(...readRules(reader.bytes()));
    else if (field === BODY) body = reader.string();
    else if (METHODS[field] !== undefined) [httpMethod, path] = [METHODS[field] ?? "", reader.string()];
    else reader.skip(type);
  }
  return [{ httpMethod, path, body }, ...rules];
}

/** Compiles a path with variables, such as `/users/{user_id}` or `/{name=*}`. */
function compile(path: string): Pick<HttpRule, "pattern" | "variables"> {
  const variables: string[] = [];
  const source = path.split(/(\{[^}]*\})/).map((part) => {
    const [, name, sub = "*"] = /^\{([^=}]+)(?:=([^}]*))?\}$/.exec(part) ?? [];
    if (name === undefined) return escapeRegExp(part);
    variables.push(name);
    return sub.includes("**") ? "(.+)" : "([^/]+)";
  });
  return { pattern: new RegExp(`^${source.join("")}$`), variables };
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
