import { create, createFileRegistry, type Message } from "@bufbuild/protobuf";
import type { GenMessage, GenService } from "@bufbuild/protobuf/codegenv2";
import {
  DescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";

/** The versions of gRPC server reflection, which differ only in their package. */
export type ReflectionVersion = "v1" | "v1alpha";

/** A client's request, of which a stream has several. */
export type ReflectionRequest = Message & {
  question:
    | { case: "fileByFilename"; value: string }
    | { case: "fileContainingSymbol"; value: string }
    | { case: "listServices"; value: string }
    | { case: undefined; value?: undefined };
};

/** One response to each request, in order. */
export type ReflectionResponse = Message & {
  response:
    | { case: "files"; value: Message & { encoded: Uint8Array[] } }
    | { case: "services"; value: Message & { service: { name: string }[] } }
    | { case: "error"; value: Message & { code: number; message: string } }
    | { case: undefined; value?: undefined };
};

type ReflectionService = GenService<{
  serverReflectionInfo: {
    methodKind: "bidi_streaming";
    input: GenMessage<ReflectionRequest>;
    output: GenMessage<ReflectionResponse>;
  };
}>;

const { STRING, INT32, BYTES, MESSAGE } = FieldDescriptorProto_Type;

/**
 * The service of a version, reduced to what is used here, with the gRPC project's field numbers. Written by hand, since neither
 * protobuf-es nor Connect has these descriptors, and generated ones would copy the gRPC project's .proto files twice.
 */
export function reflectionService(version: ReflectionVersion): ReflectionService {
  const packageName = `grpc.reflection.${version}`;
  const file = create(FileDescriptorProtoSchema, {
    name: `${packageName}.proto`,
    package: packageName,
    syntax: "proto3",
    messageType: [
      message("Request", "question", [
        inOneof("file_by_filename", 3, STRING),
        inOneof("file_containing_symbol", 4, STRING),
        inOneof("list_services", 7, STRING),
      ]),
      message("Response", "response", [
        inOneof("files", 4, MESSAGE, `${packageName}.Files`),
        inOneof("services", 6, MESSAGE, `${packageName}.Services`),
        inOneof("error", 7, MESSAGE, `${packageName}.Error`),
      ]),
      message("Files", undefined, [repeated("encoded", 1, BYTES)]),
      message("Services", undefined, [repeated("service", 1, MESSAGE, `${packageName}.Service`)]),
      message("Service", undefined, [field("name", 1, STRING)]),
      message("Error", undefined, [field("code", 1, INT32), field("message", 2, STRING)]),
    ],
    service: [
      {
        name: "ServerReflection",
        method: [
          {
            name: "ServerReflectionInfo",
            inputType: `.${packageName}.Request`,
            outputType: `.${packageName}.Response`,
            clientStreaming: true,
            serverStreaming: true,
          },
        ],
      },
    ],
  });
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
  return registry.getService(`${packageName}.ServerReflection`) as ReflectionService;
}

type Field = ReturnType<typeof field>;

function message(name: string, oneof: string | undefined, fields: Field[]) {
  const oneofDecl = oneof === undefined ? [] : [{ name: oneof }];
  return create(DescriptorProtoSchema, { name, field: fields, oneofDecl });
}

function field(name: string, number: number, type: FieldDescriptorProto_Type, typeName?: string) {
  return create(FieldDescriptorProtoSchema, {
    name,
    number,
    type,
    label: FieldDescriptorProto_Label.OPTIONAL,
    ...(typeName === undefined ? {} : { typeName: `.${typeName}` }),
  });
}

function inOneof(...args: Parameters<typeof field>): Field {
  return Object.assign(field(...args), { oneofIndex: 0 });
}

function repeated(...args: Parameters<typeof field>): Field {
  return Object.assign(field(...args), { label: FieldDescriptorProto_Label.REPEATED });
}
