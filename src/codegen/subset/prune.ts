import { clone, create, createFileRegistry, type DescFile, type DescMethod } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { inDependencyOrder } from "../files/dependency-order.ts";
import { closure, references, type TopLevel } from "./closure.ts";
import { type Filter, isEverything, select } from "./selection.ts";

/** The part of an API that a filter asks for, with just what it needs. */
export function prune(files: readonly DescFile[], filter: Filter): readonly DescFile[] {
  if (isEverything(filter)) return files;
  const { types, methods } = select(files, filter);
  return keep(files, closure(types, methods), methods);
}

/** Of an API just some types, which must need no others, and of services some methods. */
export function keep(
  files: readonly DescFile[],
  types: ReadonlySet<TopLevel>,
  methods: ReadonlySet<DescMethod>,
): readonly DescFile[] {
  const pruned = files.map((file) => pruneFile(file, types, methods)).filter(isNotEmpty);
  const set = create(FileDescriptorSetSchema, { file: inDependencyOrder(pruned) });
  return [...createFileRegistry(set).files];
}

function pruneFile(
  { proto, messages, enums, services, extensions }: DescFile,
  kept: ReadonlySet<TopLevel>,
  methods: ReadonlySet<DescMethod>,
): FileDescriptorProto {
  const isKept = (type: TopLevel) => kept.has(type);
  const types = [...messages, ...enums, ...services, ...extensions].filter(isKept);
  const pruned = clone(FileDescriptorProtoSchema, {
    ...proto,
    messageType: messages.filter(isKept).map((type) => type.proto),
    enumType: enums.filter(isKept).map((type) => type.proto),
    extension: extensions.filter(isKept).map((type) => type.proto),
    service: services.filter(isKept).map((type) => ({
      ...type.proto,
      method: type.methods.filter((method) => methods.has(method)).map((method) => method.proto),
    })),
    dependency: dependencies(types, proto, methods),
    publicDependency: [],
    weakDependency: [],
  });
  // Its paths are positions that no longer hold.
  delete pruned.sourceCodeInfo;
  return pruned;
}

/** Imports of types only. Those of options are left out: whoever wants to read an option includes its extension. */
function dependencies(
  types: readonly TopLevel[],
  { name, dependency }: FileDescriptorProto,
  methods: ReadonlySet<DescMethod>,
): string[] {
  const files = new Set(types.flatMap((type) => [...references(type, methods)]).map(({ file }) => file));
  const needed = new Set([...files].map((file) => file.proto.name).filter((other) => other !== name));
  // A type may also be in a file that an import makes public.
  return [...new Set([...dependency.filter((other) => needed.has(other)), ...needed])];
}

function isNotEmpty({ messageType, enumType, service, extension }: FileDescriptorProto): boolean {
  return messageType.length + enumType.length + service.length + extension.length > 0;
}
