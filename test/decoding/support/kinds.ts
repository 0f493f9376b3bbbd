import { create, createFileRegistry, type DescMessage } from "@bufbuild/protobuf";
import {
  Edition,
  FeatureSet_MessageEncoding,
  type FieldDescriptorProto,
  FieldOptions_JSType,
  FieldOptionsSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_struct,
  file_google_protobuf_wrappers,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";

type Field = Partial<Omit<FieldDescriptorProto, "$typeName">>;

const SCALARS = Object.values(Type).filter(
  (type): type is Type => typeof type === "number" && ![Type.GROUP, Type.MESSAGE, Type.ENUM].includes(type),
);

function of(typeName: string): Field {
  return { type: Type.MESSAGE, typeName };
}

/** Every kind of field in protobuf, some of which Zitadel's API does not use. */
export function everyKind(): DescMessage {
  const singular: Field[] = [
    ...SCALARS.map((type) => ({ type })),
    { type: Type.ENUM, typeName: ".test.Colour" },
    of(".test.Everything"),
    of(".google.protobuf.Struct"),
    of(".google.protobuf.Value"),
    of(".google.protobuf.ListValue"),
    of(".google.protobuf.StringValue"),
    of(".google.protobuf.BytesValue"),
    of(".google.protobuf.Int64Value"),
    { type: Type.INT64, options: create(FieldOptionsSchema, { jstype: FieldOptions_JSType.JS_STRING }) },
    {
      ...of(".test.Everything"),
      options: create(FieldOptionsSchema, {
        features: { messageEncoding: FeatureSet_MessageEncoding.DELIMITED },
      }),
    },
  ];
  const kinds: Field[] = [
    ...singular.map((field) => ({ ...field, label: Label.OPTIONAL })),
    ...singular.map((field) => ({ ...field, label: Label.REPEATED })),
    ...singular.map((field) => ({ ...field, label: Label.OPTIONAL, oneofIndex: 0 })),
    { ...of(".test.Everything.ScalarsEntry"), label: Label.REPEATED, name: "scalars" },
    { ...of(".test.Everything.MessagesEntry"), label: Label.REPEATED, name: "messages" },
  ];
  const field = kinds.map((kind, i) => ({ name: `f${i + 1}`, ...kind, number: i + 1 }));
  const entry = (name: string, value: Field) => ({
    name,
    options: { mapEntry: true },
    field: [
      { name: "key", number: 1, label: Label.OPTIONAL, type: Type.STRING },
      { name: "value", number: 2, label: Label.OPTIONAL, ...value },
    ],
  });
  const file = create(FileDescriptorProtoSchema, {
    name: "test/everything.proto",
    package: "test",
    syntax: "editions",
    edition: Edition.EDITION_2023,
    dependency: ["google/protobuf/struct.proto", "google/protobuf/wrappers.proto"],
    enumType: [{ name: "Colour", value: [{ name: "RED", number: 0 }] }],
    messageType: [
      {
        name: "Everything",
        field,
        oneofDecl: [{ name: "one" }],
        nestedType: [
          entry("ScalarsEntry", { type: Type.BYTES }),
          entry("MessagesEntry", of(".test.Everything")),
        ],
      },
    ],
  });
  const set = create(FileDescriptorSetSchema, {
    file: [file_google_protobuf_struct.proto, file_google_protobuf_wrappers.proto, file],
  });
  const type = createFileRegistry(set).getMessage("test.Everything");
  if (type === undefined) throw new Error("test.Everything is missing");
  return type;
}
