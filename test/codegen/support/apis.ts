import { clone, create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type DescriptorProtoSchema,
  Edition,
  EnumValueDescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProtoSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  MethodDescriptorProtoSchema,
  MethodOptionsSchema,
  type ServiceDescriptorProto,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { readPinnedApi } from "../../../src/codegen/sources/pin.ts";
import type { Source } from "../../../src/codegen/sources/source.ts";

export { Type };

type FileInit = MessageInitShape<typeof FileDescriptorProtoSchema>;
type MessageInit = MessageInitShape<typeof DescriptorProtoSchema>;

/** A file of descriptors. */
export function file(init: FileInit): FileDescriptorProto {
  return create(FileDescriptorProtoSchema, { syntax: "proto3", ...init });
}

/** A message with singular fields, each a scalar type or the full name of a message. */
export function message(name: string, fields: Record<string, Type | string> = {}): MessageInit {
  const field = Object.entries(fields).map(([fieldName, type], i) => ({
    name: fieldName,
    number: i + 1,
    label: FieldDescriptorProto_Label.OPTIONAL,
    ...(typeof type === "string" ? { type: Type.MESSAGE, typeName: `.${type}` } : { type }),
  }));
  return { name, field };
}

/** A service whose RPCs all take and give the same message. */
export function service(name: string, type: string, methods: readonly string[]) {
  const inputType = `.${type}`;
  return { name, method: methods.map((method) => ({ name: method, inputType, outputType: inputType })) };
}

/** Turns files into a source. */
export function toSource(files: readonly FileDescriptorProto[]): Source {
  return { spec: "test", read: async () => ({ description: "test", files }) };
}

/** The files of the pinned API, without documentation, as a server has them. */
export async function pinnedFiles(): Promise<FileDescriptorProto[]> {
  return (await readPinnedApi()).files.map(({ proto }) => proto);
}

/** Two services in one package, names that are reserved in JavaScript, a stream. */
export const ODD_FILE: FileDescriptorProto = file({
  name: "zitadel/thing/v2/thing_service.proto",
  package: "zitadel.thing.v2",
  messageType: [
    {
      name: "Thing",
      field: ["constructor", "class", "then", "__proto__", "to_string", "toJSON", "default"].map(
        (name, i) => ({
          name,
          number: i + 1,
          type: Type.STRING,
          label: FieldDescriptorProto_Label.OPTIONAL,
        }),
      ),
    },
    message("Object"),
    message("Promise"),
  ],
  service: [
    service("ThingService", "zitadel.thing.v2.Thing", [
      "Then",
      "Constructor",
      "Delete",
      "ToString",
      "GetThing",
    ]),
    {
      name: "WatchService",
      method: [
        {
          name: "Watch",
          inputType: ".zitadel.thing.v2.Thing",
          outputType: ".zitadel.thing.v2.Thing",
          serverStreaming: true,
        },
      ],
    },
  ],
});

/** An older syntax of .proto files, with features that only it has, and a newer one. */
export const OTHER_SYNTAXES: readonly FileDescriptorProto[] = [
  file({
    name: "acme/old.proto",
    package: "acme.old",
    syntax: "proto2",
    messageType: [
      {
        name: "Old",
        field: [
          {
            name: "text",
            number: 1,
            type: Type.STRING,
            label: FieldDescriptorProto_Label.REQUIRED,
            defaultValue: 'a "quoted" */ \\ \n default',
          },
        ],
        extensionRange: [{ start: 100, end: 200 }],
      },
    ],
  }),
  file({
    name: "acme/new.proto",
    package: "acme.new",
    syntax: "editions",
    edition: Edition.EDITION_2023,
    messageType: [message("New", { text: Type.STRING })],
  }),
];

/**
 * A possible next version of Zitadel, or of a part with the services for users and sessions: things are added, deprecated,
 * changed and removed.
 */
export function newerApi(pinned: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const files = pinned.map((proto) => clone(FileDescriptorProtoSchema, proto));
  const users = find(files, "zitadel/user/v2/user_service.proto").service[0];
  const user = find(files, "zitadel/user/v2/user.proto").messageType.find(({ name }) => name === "User");
  const session = find(files, "zitadel/session/v2/session_service.proto").service[0];
  if (users === undefined || user === undefined || session === undefined)
    throw new Error("the pin has changed");
  users.method.push(...renamed(users, "GetUserByID", "GetUserByNickname"));
  for (const method of users.method.filter(({ name }) => name === "AddHumanUser")) {
    method.options ??= create(MethodOptionsSchema);
    method.options.deprecated = true;
  }
  session.method = session.method.filter(({ name }) => name !== "DeleteSession");
  changeFields(user);
  const sorting = find(files, "zitadel/user/v2/query.proto").enumType.find(
    ({ name }) => name === "UserFieldName",
  );
  const value = { name: "USER_FIELD_NAME_SHOE_SIZE", number: 900 };
  sorting?.value.push(create(EnumValueDescriptorProtoSchema, value));
  return [...files, ODD_FILE, ...OTHER_SYNTAXES];
}

/** The named files, and those that they need. */
export function needed(
  files: readonly FileDescriptorProto[],
  ...names: readonly string[]
): FileDescriptorProto[] {
  const all = new Set<string>();
  const need = (name: string): void => {
    if (all.has(name)) return;
    all.add(name);
    for (const dependency of files.find((file) => file.name === name)?.dependency ?? []) need(dependency);
  };
  for (const name of names) need(name);
  return files.filter(({ name }) => all.has(name));
}

function changeFields(user: DescriptorProto): void {
  const number = 900;
  const change = { name: "shoe_size", jsonName: "shoeSize", number };
  user.field.push(Object.assign(clone(FieldDescriptorProtoSchema, template(user, "username")), change));
  user.field = user.field.filter(({ name }) => name !== "login_names");
  template(user, "preferred_login_name").type = Type.BYTES;
}

function template(user: DescriptorProto, name: string) {
  const found = user.field.find((field) => field.name === name);
  if (found === undefined) throw new Error(`zitadel.user.v2.User has no ${name}`);
  return found;
}

function renamed(service: ServiceDescriptorProto, from: string, to: string) {
  return service.method
    .filter(({ name }) => name === from)
    .map((method) => Object.assign(clone(MethodDescriptorProtoSchema, method), { name: to }));
}

function find(files: readonly FileDescriptorProto[], name: string): FileDescriptorProto {
  const found = files.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`the pin has no ${name}`);
  return found;
}
