import type { FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import type { Comments } from "../comments.ts";

/** A description of an API. */
export interface Source {
  /** The source, as written in a command. */
  readonly spec: string;
  /** Reads all of it. Throws a CodegenError if it cannot be read. */
  read(report: Report): Promise<SourceFiles>;
}

/** The content of a source. */
export interface SourceFiles {
  /** The source with its exact version. */
  readonly description: string;
  /** The files in any order; imports may be missing. */
  readonly files: readonly FileDescriptorProto[];
  /** Documentation that is not in the files. */
  readonly comments?: Comments | undefined;
  /** Whether the source has its own documentation, so that none is added from the pinned API. Default: false. */
  readonly isDocumented?: boolean | undefined;
  /** What the user should know. */
  readonly notes?: readonly string[] | undefined;
}

/** Receives progress, for display. */
export type Report = (status: string) => void;
