import type { MessageInitShape } from "@bufbuild/protobuf";
import { create, createFileRegistry, type DescMessage } from "@bufbuild/protobuf";
import {
  type DescriptorProtoSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_duration,
  file_google_protobuf_timestamp,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";

type MessageInit = MessageInitShape<typeof DescriptorProtoSchema>;
type FieldInit = NonNullable<MessageInit["field"]>[number];

const AT = ".google.protobuf.Timestamp";
const FOR = ".google.protobuf.Duration";
const MOOD = ".acme.v1.Mood";
const NODE = ".acme.v1.Node";

let next = 1;

function field(name: string, typeName: string, more: object = {}): FieldInit {
  const type = typeName === MOOD ? Type.ENUM : Type.MESSAGE;
  return { name, number: next++, type, typeName, label: Label.OPTIONAL, ...more };
}

const many = { label: Label.REPEATED };
const oneof = { oneofIndex: 0 };

/** A map is a list of messages that the compiler makes. */
function map(name: string, entry: string): FieldInit {
  return field(name, `${NODE}.${entry}`, many);
}

function entry(name: string, typeName: string): MessageInit {
  const key = { name: "key", number: 1, type: Type.STRING, label: Label.OPTIONAL };
  const type = typeName === MOOD ? Type.ENUM : Type.MESSAGE;
  const value = { name: "value", number: 2, type, typeName, label: Label.OPTIONAL };
  return { name, field: [key, value], options: { mapEntry: true } };
}

const file = create(FileDescriptorProtoSchema, {
  name: "acme/v1/node.proto",
  package: "acme.v1",
  syntax: "proto3",
  dependency: ["google/protobuf/timestamp.proto", "google/protobuf/duration.proto"],
  enumType: [
    {
      name: "Mood",
      value: [
        { name: "MOOD_UNSPECIFIED", number: 0 },
        { name: "MOOD_GOOD", number: 1 },
        { name: "MOOD_BAD", number: 7 },
      ],
    },
  ],
  messageType: [
    {
      name: "Node",
      oneofDecl: [{ name: "what" }],
      field: [
        field("at", AT),
        field("lasts", FOR),
        field("mood", MOOD),
        field("child", NODE),
        field("times", AT, many),
        field("lengths", FOR, many),
        field("moods", MOOD, many),
        field("children", NODE, many),
        map("time_by_name", "TimeByNameEntry"),
        map("mood_by_name", "MoodByNameEntry"),
        map("child_by_name", "ChildByNameEntry"),
        field("since", AT, oneof),
        field("period", FOR, oneof),
        field("feeling", MOOD, oneof),
        field("other", NODE, oneof),
      ],
      nestedType: [
        entry("TimeByNameEntry", AT),
        entry("MoodByNameEntry", MOOD),
        entry("ChildByNameEntry", NODE),
      ],
    },
  ],
  service: [
    {
      name: "NodeService",
      method: [
        { name: "Get", inputType: NODE, outputType: NODE },
        { name: "Watch", inputType: NODE, outputType: NODE, serverStreaming: true },
      ],
    },
  ],
});

/** A file with a message that has a Timestamp, a Duration and an enum in every kind of field. */
export const nodeFiles = [file_google_protobuf_timestamp.proto, file_google_protobuf_duration.proto, file];

const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: nodeFiles }));

export const NodeSchema = registry.getMessage("acme.v1.Node") as DescMessage;
