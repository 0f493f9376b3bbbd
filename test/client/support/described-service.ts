import { create, createFileRegistry, type DescService } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_timestamp,
} from "@bufbuild/protobuf/wkt";

const { STRING, MESSAGE } = FieldDescriptorProto_Type;

/** `Things.Get`, whose response has strings, `at`, a Timestamp, and `more`, an Any, as read from a server's reflection. */
export function describedService(packageName: string, texts: readonly string[]): DescService {
  const label = FieldDescriptorProto_Label.OPTIONAL;
  const text = (name: string) => ({ name, jsonName: name, type: STRING, label });
  const { proto: any } = file_google_protobuf_any;
  const { proto: timestamp } = file_google_protobuf_timestamp;
  const file = create(FileDescriptorProtoSchema, {
    name: `${packageName}.proto`,
    package: packageName,
    syntax: "proto3",
    dependency: [timestamp.name, any.name],
    messageType: [
      { name: "GetRequest" },
      {
        name: "GetResponse",
        field: [
          ...texts.map((name, index) => ({ ...text(name), number: index + 3 })),
          {
            name: "at",
            jsonName: "at",
            number: 1,
            type: MESSAGE,
            label,
            typeName: ".google.protobuf.Timestamp",
          },
          {
            name: "more",
            jsonName: "more",
            number: 2,
            type: MESSAGE,
            label,
            typeName: ".google.protobuf.Any",
          },
        ],
      },
    ],
    service: [
      {
        name: "Things",
        method: [
          { name: "Get", inputType: `.${packageName}.GetRequest`, outputType: `.${packageName}.GetResponse` },
        ],
      },
    ],
  });
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [timestamp, any, file] }));
  const service = registry.getService(`${packageName}.Things`);
  if (service === undefined) throw new Error("The service is not in its file");
  return service;
}
