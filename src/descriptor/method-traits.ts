import { type DescField, type DescMessage, type DescMethod, ScalarType } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { hasField, messageOption } from "./option-fields.ts";

/** What a call needs to know about an RPC. Derived from its descriptor, so it works for any service. */
export interface MethodTraits {
  /** What it does. Everything but a write may be sent again when its outcome is unknown. */
  readonly access: Access;
  /** Whether the server requires a token. */
  readonly authenticated: boolean;
  /** Set where the response is a list. */
  readonly list: ListTraits | undefined;
  /** Marked as deprecated, in the descriptor or in the OpenAPI annotation that Zitadel uses for it. */
  readonly deprecated: boolean;
}

/** A `read` changes nothing; an `idempotent` RPC has the same effect twice as once; a `write` may not. */
export type Access = "read" | "idempotent" | "write";

/** How an RPC returns a list. */
export interface ListTraits {
  /** The repeated field of the response that holds the items. */
  readonly items: DescField;
  /** How the next page is requested. Absent where the response is the whole list. */
  readonly paging: Paging | undefined;
}

/** Where the request says which page it wants. */
export interface Paging {
  /**
   * By position, by the sequence number of the last item, by its time (events of several objects), or by a token from
   * the previous page.
   */
  readonly by: "offset" | "sequence" | "time" | "token";
  /** The field of the request that holds `limit` and its siblings; absent if the request itself does. */
  readonly field: DescField | undefined;
  /** The local names of the fields for the number of items, and for where to start. */
  readonly limit: "limit" | "pageSize";
  readonly place: "offset" | "sequence" | "pageToken";
  /** The field of the response that has the token of the next page. */
  readonly nextToken: DescField | undefined;
}

const known = new WeakMap<DescMethod, MethodTraits>();

/** The traits of an RPC, computed once. */
export function methodTraits(method: DescMethod): MethodTraits {
  let traits = known.get(method);
  if (traits === undefined) {
    traits = {
      access: findAccess(method),
      authenticated: isAuthenticated(method),
      list: listTraits(method),
      deprecated: isDeprecated(method),
    };
    known.set(method, traits);
  }
  return traits;
}

/** Method options that Zitadel sets, by the numbers of their extensions; see their .proto files. */
const OPTION = {
  http: 72295728, // google.api.http
  operation: 1042, // grpc.gateway.protoc_gen_openapiv2.options.openapiv2_operation
  authV1: 50000, // zitadel.v1.auth_option
  authV2: 50001, // zitadel.protoc_gen_zitadel.v2.options
} as const;
const HTTP_RULE_GET = 2;
const OPERATION_DEPRECATED = 11;

/**
 * What an RPC declares takes precedence: its `idempotency_level`, or a GET binding, which RFC 9110, section 9.2.1, defines as safe.
 * Zitadel declares little, but names its RPCs consistently; in other APIs, a name proves nothing.
 */
function findAccess(method: DescMethod): Access {
  if (method.idempotency === IdempotencyLevel.NO_SIDE_EFFECTS) return "read";
  if (method.idempotency === IdempotencyLevel.IDEMPOTENT) return "idempotent";
  if (hasField(messageOption(method.proto.options, OPTION.http), HTTP_RULE_GET)) return "read";
  return isZitadels(method) && READ_NAME.test(method.name) ? "read" : "write";
}

/** The first word of a name in camel case, unless it is followed by `Or`, as in `GetOrCreate`. */
const READ_NAME = /^(Get|List|Search|Is|Exists|Healthz)(?![a-z]|(Or|And)[A-Z])/;

/** Zitadel annotates every RPC that needs a token; other APIs do not. */
function isAuthenticated(method: DescMethod): boolean {
  return (
    !isZitadels(method) ||
    messageOption(method.proto.options, OPTION.authV1) !== undefined ||
    messageOption(method.proto.options, OPTION.authV2) !== undefined
  );
}

function isDeprecated(method: DescMethod): boolean {
  return (
    method.deprecated || hasField(messageOption(method.proto.options, OPTION.operation), OPERATION_DEPRECATED)
  );
}

/**
 * A response with one repeated field of messages, or one repeated field at all, is a list. If the request has no known
 * paging, Zitadel has none, and the response is the whole list. In other APIs, it could be one page, so such RPCs are
 * not treated as lists there. `ListsOf` does the same for types.
 */
function listTraits(method: DescMethod): ListTraits | undefined {
  const repeated = method.output.fields.filter((field) => field.fieldKind === "list");
  const messages = repeated.filter((field) => field.listKind === "message");
  const [items, ambiguous] = messages.length > 0 ? messages : repeated;
  if (items === undefined || ambiguous !== undefined || !/^(List|Search)/.test(method.name)) return undefined;
  const paging = findPaging(method);
  return paging === undefined && !isZitadels(method) ? undefined : { items, paging };
}

function isZitadels(method: DescMethod): boolean {
  return method.parent.typeName.startsWith("zitadel.");
}

function findPaging({ input, output }: DescMethod): Paging | undefined {
  const own = pagedBy(input, undefined);
  if (own !== undefined) return own;
  for (const field of input.fields) {
    if (field.fieldKind !== "message" || field.oneof !== undefined) continue;
    const paging = pagedBy(field.message, field);
    if (paging !== undefined) return paging;
  }
  const nextToken = output.field["nextPageToken"];
  if (!isString(input.field["pageToken"]) || nextToken === undefined || !isString(nextToken))
    return undefined;
  return { by: "token", field: undefined, limit: "pageSize", place: "pageToken", nextToken };
}

function pagedBy({ field: fields }: DescMessage, field: DescField | undefined): Paging | undefined {
  if (!isInteger(fields["limit"])) return undefined;
  const common = { field, limit: "limit", nextToken: undefined } as const;
  if (isInteger(fields["offset"])) return { ...common, by: "offset", place: "offset" };
  if (!isInteger(fields["sequence"])) return undefined;
  const timed = fields["from"]?.message?.typeName === "google.protobuf.Timestamp";
  return { ...common, by: timed ? "time" : "sequence", place: "sequence" };
}

/** Fields in a oneof are set differently. */
function isInteger(field: DescField | undefined): boolean {
  return field?.fieldKind === "scalar" && field.oneof === undefined && INTEGERS.has(field.scalar);
}

function isString(field: DescField | undefined): boolean {
  return field?.fieldKind === "scalar" && field.oneof === undefined && field.scalar === ScalarType.STRING;
}

const INTEGERS: ReadonlySet<ScalarType> = new Set([
  ScalarType.INT32,
  ScalarType.UINT32,
  ScalarType.SINT32,
  ScalarType.FIXED32,
  ScalarType.SFIXED32,
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
]);
