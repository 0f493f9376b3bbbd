import { type DescField, type DescMessage, type DescMethod, ScalarType } from "@bufbuild/protobuf";
import { hasField, messageOption } from "./options.ts";

/** What the pipeline needs to know of an RPC. Derived from its descriptor, so that it holds for any service. */
export interface MethodTraits {
  /** The RPC changes nothing: it may be sent again when its outcome is unknown. */
  readonly read: boolean;
  /** The server wants a token. */
  readonly authenticated: boolean;
  /** Set where the answer is a list. */
  readonly list: ListTraits | undefined;
  /** Marked as deprecated, in the descriptor or in the OpenAPI annotation that Zitadel uses for it. */
  readonly deprecated: boolean;
}

/** How an RPC lists. */
export interface ListTraits {
  /** The repeated field of the answer that holds the items. */
  readonly items: DescField;
  /** How the next page is asked for. Absent where the answer is the whole list. */
  readonly paging: Paging | undefined;
}

/** Where the request says which page it wants. */
export interface Paging {
  /** By position, by the sequence number of the last item, or by its time: that of events of several objects. */
  readonly by: "offset" | "sequence" | "time";
  /** The field of the request that holds `limit` and its siblings; absent where the request itself does. */
  readonly field: DescField | undefined;
}

const known = new WeakMap<DescMethod, MethodTraits>();

/** The traits of an RPC, computed once. */
export function methodTraits(method: DescMethod): MethodTraits {
  let traits = known.get(method);
  if (traits === undefined) {
    traits = {
      read: isRead(method),
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

/** Zitadel sets no `idempotency_level`. Reads have a GET binding, or a name that says so. */
function isRead(method: DescMethod): boolean {
  return (
    hasField(messageOption(method.proto.options, OPTION.http), HTTP_RULE_GET) ||
    /^(Get|List|Search|Is|Exists|Healthz)/.test(method.name)
  );
}

/** Zitadel annotates every RPC that needs a token; of RPCs that are not Zitadel's nothing is known. */
function isAuthenticated(method: DescMethod): boolean {
  return (
    !method.parent.typeName.startsWith("zitadel.") ||
    messageOption(method.proto.options, OPTION.authV1) !== undefined ||
    messageOption(method.proto.options, OPTION.authV2) !== undefined
  );
}

function isDeprecated(method: DescMethod): boolean {
  return (
    method.deprecated || hasField(messageOption(method.proto.options, OPTION.operation), OPERATION_DEPRECATED)
  );
}

/** An answer with one repeated field of messages, or of a read one repeated field at all, is a list. */
function listTraits(method: DescMethod): ListTraits | undefined {
  const repeated = method.output.fields.filter((field) => field.fieldKind === "list");
  const messages = repeated.filter((field) => field.listKind === "message");
  const [items, ambiguous] = messages.length > 0 ? messages : repeated;
  if (items === undefined || ambiguous !== undefined || !/^(List|Search)/.test(method.name)) return undefined;
  return { items, paging: pagingOf(method.input) };
}

function pagingOf(request: DescMessage): Paging | undefined {
  const own = pagedBy(request);
  if (own !== undefined) return { by: own, field: undefined };
  for (const field of request.fields) {
    const by = field.fieldKind === "message" ? pagedBy(field.message) : undefined;
    if (by !== undefined) return { by, field };
  }
  return undefined;
}

function pagedBy(message: DescMessage): Paging["by"] | undefined {
  if (!isUnsigned(message.field["limit"])) return undefined;
  if (isUnsigned(message.field["offset"])) return "offset";
  if (!isUnsigned(message.field["sequence"])) return undefined;
  return message.field["from"]?.message?.typeName === "google.protobuf.Timestamp" ? "time" : "sequence";
}

function isUnsigned(field: DescField | undefined): boolean {
  return field?.scalar === ScalarType.UINT32 || field?.scalar === ScalarType.UINT64;
}
