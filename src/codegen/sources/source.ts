import type { FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import type { Comments } from "../comments.ts";

/** Where an API is described. */
export interface Source {
  /** As it is written in a command. */
  readonly spec: string;
  /** Reads the whole of it. Throws a CodegenError that says why it cannot. */
  read(report: Report): Promise<SourceFiles>;
}

/** What a source has. */
export interface SourceFiles {
  /** The source with what makes it definite, such as the version that was found. */
  readonly description: string;
  /** In any order; imports may be missing. */
  readonly files: readonly FileDescriptorProto[];
  /** Documentation that is not in the files. */
  readonly comments?: Comments | undefined;
  /** Nothing is to be added from the documentation of the pinned API. Default: false. */
  readonly isDocumented?: boolean | undefined;
  /** What the user should know. */
  readonly notes?: readonly string[] | undefined;
}

/** Hears of what is going on, for a display. */
export type Report = (status: string) => void;
