import type {
  DescEnum,
  DescField,
  DescMessage,
  DescMethod,
  DescService,
  JsonObject,
} from "@bufbuild/protobuf";
import { readOpenApiComments } from "../../codegen/openapi-comments.ts";
import { toSymbolKey } from "../../codegen/symbols.ts";
import { methodTraits } from "../../descriptor/method-traits.ts";
import { describeRequirement } from "../../permissions/describe-requirement.ts";
import { requiredPermissions } from "../../permissions/required-permissions.ts";
import { createFieldOptions, filterShownOptions } from "../call/field-options.ts";
import { formatFieldType } from "../call/type-name.ts";
import type { CatalogService } from "../catalog/catalog.ts";
import { toRpcName } from "../catalog/find-rpc.ts";
import type { DocumentedApi } from "../catalog/live-api.ts";
import { COMMON_OPTIONS } from "../command.ts";
import { createExample } from "./example.ts";
import { describeRules } from "./rules.ts";
import { type Deprecation, findDeprecation } from "./successor.ts";

/** The description of an RPC. All descriptions are JSON. */
export interface RpcDescription {
  readonly kind: "rpc";
  /** The name that `call` accepts. */
  readonly name: string;
  readonly fullName: string;
  readonly documentation: string;
  readonly deprecated: Deprecation | undefined;
  /** `read` changes nothing; `idempotent` has the same effect if it runs twice; `write` may have another. */
  readonly access: string;
  readonly streams: string | undefined;
  readonly permissions: readonly string[];
  /** The permission that it needs, and which roles have it, in a sentence. */
  readonly requirement: string | undefined;
  readonly list: { readonly items: string; readonly paging: string | undefined } | undefined;
  readonly request: MessageDescription;
  readonly response: MessageDescription;
  /** Options of `call` for fields of the request. */
  readonly options: readonly string[];
  readonly example: JsonObject;
}

/** The description of a message. */
export interface MessageDescription {
  readonly kind: "message";
  readonly name: string;
  readonly documentation: string;
  readonly fields: readonly FieldDescription[];
}

export interface FieldDescription {
  /** Its name in JSON. */
  readonly name: string;
  readonly type: string;
  /** The full name of a message or an enum. */
  readonly typeName: string | undefined;
  readonly documentation: string;
  /** The name of its oneof. */
  readonly oneof: string | undefined;
  readonly rules: readonly string[];
  readonly deprecated: boolean;
  /** The values of an enum. */
  readonly values: readonly string[] | undefined;
}

/** The description of an enum. */
export interface EnumDescription {
  readonly kind: "enum";
  readonly name: string;
  readonly documentation: string;
  readonly values: readonly {
    readonly name: string;
    readonly number: number;
    readonly documentation: string;
  }[];
}

/** The description of a service. */
export interface ServiceDescription {
  readonly kind: "service";
  /** Its path on a client. */
  readonly name: string;
  readonly fullName: string;
  readonly documentation: string;
  readonly rpcs: readonly RpcSummary[];
}

/** An RPC in one line. */
export interface RpcSummary {
  readonly name: string;
  readonly summary: string;
  readonly deprecated: boolean;
}

/** Describes what is in an API. */
export class Describer {
  readonly #comments: DocumentedApi["comments"];
  readonly #catalog: readonly CatalogService[];
  readonly #reserved: ReadonlySet<string>;
  readonly #annotated = new Map<string, ReadonlyMap<string, string>>();

  /** `callOptions` are option names that fields cannot have. */
  constructor(api: DocumentedApi, catalog: readonly CatalogService[], callOptions: readonly string[]) {
    this.#comments = api.comments;
    this.#catalog = catalog;
    this.#reserved = new Set([...callOptions, ...Object.keys(COMMON_OPTIONS)]);
  }

  rpc(method: DescMethod): RpcDescription {
    const { access, list, deprecated } = methodTraits(method);
    const documentation = this.#text(
      method.parent.file,
      toSymbolKey("rpc", `${method.parent.typeName}.${method.name}`),
    );
    const options = filterShownOptions(createFieldOptions(method.input, this.#reserved));
    return {
      kind: "rpc",
      name: this.#toName(method),
      fullName: `${method.parent.typeName}/${method.name}`,
      documentation,
      deprecated: deprecated ? findDeprecation(documentation, method, this.#catalog) : undefined,
      access,
      streams: method.methodKind === "unary" ? undefined : method.methodKind,
      permissions: requiredPermissions(method),
      requirement: describeRequirement(method),
      list: list && { items: list.items.jsonName, paging: list.paging && describePaging(list.paging) },
      request: this.message(method.input),
      response: this.message(method.output),
      options: [...options].map(([name, { spec }]) =>
        spec.value === undefined ? `--${name}` : `--${name} <${spec.value}>`,
      ),
      example: createExample(method.input),
    };
  }

  message(type: DescMessage): MessageDescription {
    return {
      kind: "message",
      name: type.typeName,
      documentation: this.#text(type.file, toSymbolKey("message", type.typeName)),
      fields: type.fields.map((field) => this.#field(field)),
    };
  }

  enum({ typeName, file, values }: DescEnum): EnumDescription {
    return {
      kind: "enum",
      name: typeName,
      documentation: this.#text(file, toSymbolKey("enum", typeName)),
      values: values.map(({ name, number }) => ({
        name,
        number,
        documentation: this.#text(file, toSymbolKey("value", typeName, number)),
      })),
    };
  }

  service(service: DescService): ServiceDescription {
    return {
      kind: "service",
      name: this.#catalog.find(({ typeName }) => typeName === service.typeName)?.path ?? service.typeName,
      fullName: service.typeName,
      documentation: this.#text(service.file, toSymbolKey("service", service.typeName)),
      rpcs: service.methods.map((method) => this.summary(method)),
    };
  }

  /** An RPC in one line: the first sentence of its documentation. */
  summary(method: DescMethod): RpcSummary {
    const { deprecated } = methodTraits(method);
    const text = this.#text(
      method.parent.file,
      toSymbolKey("rpc", `${method.parent.typeName}.${method.name}`),
    );
    return { name: this.#toName(method), summary: findFirstSentence(text), deprecated };
  }

  #field(field: DescField): FieldDescription {
    const { enum: enumType, message, parent, number } = field;
    return {
      name: field.jsonName,
      type: formatFieldType(field),
      typeName: enumType?.typeName ?? message?.typeName,
      documentation: this.#text(parent.file, toSymbolKey("field", parent.typeName, number)),
      oneof: field.oneof?.localName,
      rules: describeRules(field),
      deprecated: field.deprecated,
      values: enumType?.values.map(({ name }) => name),
    };
  }

  #toName({ parent, localName }: DescMethod): string {
    const service = this.#catalog.find(({ typeName }) => typeName === parent.typeName);
    return service === undefined
      ? `${parent.typeName}.${localName}`
      : toRpcName({ service, method: localName });
  }

  /** The documentation from the comments, or else from OpenAPI annotations, if any. */
  #text(file: DescMethod["parent"]["file"], key: string): string {
    const comment = this.#comments.get(key);
    if (comment !== undefined) return comment;
    let texts = this.#annotated.get(file.name);
    if (texts === undefined) {
      texts = readOpenApiComments(file);
      this.#annotated.set(file.name, texts);
    }
    return texts.get(key) ?? "";
  }
}

/** The first sentence of a documentation that describes something, in one line. */
export function findFirstSentence(text: string): string {
  const paragraphs = text.split(/\n\s*\n/).map((part) => part.replaceAll(/\s+/g, " ").trim());
  const first = paragraphs.find((part) => part !== "" && !/^deprecated/i.test(part)) ?? paragraphs[0] ?? "";
  return /^.*?[.!?](?= [A-Z]|$)/.exec(first)?.[0] ?? first;
}

function describePaging({
  by,
  field,
  limit,
}: NonNullable<NonNullable<ReturnType<typeof methodTraits>["list"]>["paging"]>): string {
  const where = field === undefined ? limit : `${field.jsonName}.${limit}`;
  return `by ${by}; ${where} is the size of a page`;
}
