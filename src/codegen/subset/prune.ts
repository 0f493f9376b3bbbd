import { create, createFileRegistry, type DescFile, type DescMethod } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  ServiceDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { omitAnnotations } from "../canonical/annotations.ts";
import { sortByDependency } from "../files/dependency-order.ts";
import { withChanges } from "../files/with-changes.ts";
import { computeClosure, findNeededFiles, listTopLevelTypes, type TopLevel } from "./closure.ts";
import { type Filter, isEverything, select } from "./selection.ts";

/**
 * Reduces an API to the part that a filter selects, and what that part needs. Definitions of annotations are left out
 * unless selected.
 */
export function prune(all: readonly DescFile[], filter: Filter): Pruned {
  const files = filter.include === undefined ? omitAnnotations(all) : all;
  if (isEverything(filter)) return { files, unmatched: [] };
  const { types, methods, unmatched } = select(files, filter);
  return { files: keep(files, computeClosure(types, methods), methods), unmatched };
}

/** The selected part of an API. */
export interface Pruned {
  readonly files: readonly DescFile[];
  /** The patterns that match nothing. */
  readonly unmatched: readonly string[];
}

/** Reduces an API to some types, which must need no others, and some methods of services. */
export function keep(
  files: readonly DescFile[],
  types: ReadonlySet<TopLevel>,
  methods: ReadonlySet<DescMethod>,
): readonly DescFile[] {
  const pruned = files.map((file) => pruneFile(file, types, methods)).filter(isNotEmpty);
  const set = create(FileDescriptorSetSchema, { file: sortByDependency(pruned) });
  return [...createFileRegistry(set).files];
}

function pruneFile(
  file: DescFile,
  kept: ReadonlySet<TopLevel>,
  methods: ReadonlySet<DescMethod>,
): FileDescriptorProto {
  const { proto, messages, enums, services, extensions } = file;
  const isKept = (type: TopLevel) => kept.has(type);
  return withChanges(FileDescriptorProtoSchema, proto, {
    messageType: messages.filter(isKept).map((type) => type.proto),
    enumType: enums.filter(isKept).map((type) => type.proto),
    extension: extensions.filter(isKept).map((type) => type.proto),
    service: services.filter(isKept).map((type) => {
      const method = type.methods.filter((each) => methods.has(each)).map((each) => each.proto);
      return withChanges(ServiceDescriptorProtoSchema, type.proto, { method });
    }),
    dependency: findNeededFiles(listTopLevelTypes(file).filter(isKept), file, methods),
  });
}

function isNotEmpty({ messageType, enumType, service, extension }: FileDescriptorProto): boolean {
  return messageType.length + enumType.length + service.length + extension.length > 0;
}
